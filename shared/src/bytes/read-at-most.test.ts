/** A limit that holds, and a source that learns that nobody listens any more. */
import { expect, test } from 'vitest'
import { readAtMost } from './read-at-most.ts'

test('what fits is read whole', async () => {
  expect(await readAtMost(chunks(3), 6)).toEqual(Uint8Array.of(1, 2, 1, 2, 1, 2))
  expect(await readAtMost(null, 6)).toEqual(new Uint8Array())
})

test('what does not fit is not read to its end', async () => {
  const source = chunks(Number.POSITIVE_INFINITY)
  expect(await readAtMost(source, 5)).toBeUndefined()
  expect((await source.next()).done).toBe(true)
})

async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) yield Uint8Array.of(1, 2)
}
