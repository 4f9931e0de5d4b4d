/** Order within a key, keys together, limits. */
import { expect, test } from 'vitest'
import { turns } from './turns.ts'

const limits = { atOnce: 2, together: 10, waitingPerKey: 3, waitingBytes: 100 }
const tick = () => new Promise<void>(resolve => setImmediate(resolve))
type Work = { key: string; n: number; run(): Promise<void> }
const work = async (items: Work[]) => {
  await Promise.all(items.map(item => item.run()))
}
const plain = (key: string, n = 0, run: () => Promise<void> = async () => undefined): Work => ({
  key,
  n,
  run,
})

test('work of one key is done one after another, in order, whatever others do', async () => {
  const done: Record<string, number[]> = {}
  const running = new Set<string>()
  let groups = 0
  let most = 0
  const queue = turns<Work>(
    { ...limits, waitingPerKey: 100, waitingBytes: 10_000 },
    async items => {
      groups += 1
      most = Math.max(most, groups)
      for (const { key } of items) {
        expect(running.has(key)).toBe(false)
        running.add(key)
      }
      if (items.some(({ n }) => n % 3 === 0)) await tick()
      for (const { key, n } of items) {
        running.delete(key)
        done[key] = [...(done[key] ?? []), n]
      }
      groups -= 1
    },
  )
  for (let n = 0; n < 50; n += 1) {
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key, 1, plain(key, n))
  }
  await queue.idle()
  const inOrder = Array.from({ length: 50 }, (_, n) => n)
  expect(done).toEqual({ a: inOrder, b: inOrder, c: inOrder, d: inOrder })
  expect(most).toBe(2)
})

test('who comes first is served alone; who comes meanwhile is served together', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const groups: string[] = []
  const queue = turns<Work>({ ...limits, together: 3 }, async items => {
    groups.push(items.map(({ key, n }) => `${key}${n}`).join(' '))
    await gates[groups.length - 1]?.promise
  })
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) queue.add(key, 1, plain(key))
  queue.add('c', 1, plain('c', 1))
  gates[0]?.resolve()
  await tick()
  gates[1]?.resolve()
  await queue.idle()
  expect(groups.slice(0, 3)).toEqual(['a0', 'b0', 'c0 d0 e0'])
  expect(groups.slice(3).join(' ').split(' ').toSorted()).toEqual(['c1', 'f0'])
})

test('a key with too much waiting, or too many bytes in all, is turned away', async () => {
  const queue = turns(limits, work)
  const gate = Promise.withResolvers<void>()
  const add = (key: string, bytes: number) =>
    queue.add(
      key,
      bytes,
      plain(key, 0, () => gate.promise),
    )
  expect(add('a', 40)).toBe(true)
  expect([1, 2, 3, 4].map(() => add('a', 1))).toEqual([true, true, true, false])
  add('b', 1)
  expect(add('c', 98)).toBe(false)
  expect(add('c', 97)).toBe(true)
  gate.resolve()
  await queue.idle()
  expect(add('a', 100)).toBe(true)
})

test('a slow key holds up nobody but itself and those served with it', async () => {
  const queue = turns(limits, work)
  const slow = Promise.withResolvers<void>()
  const done: string[] = []
  const noted = (key: string) => plain(key, 0, async () => void done.push(key))
  queue.add(
    'slow',
    1,
    plain('slow', 0, () => slow.promise),
  )
  queue.add('slow', 1, noted('slow'))
  queue.add('quick', 1, noted('quick'))
  await tick()
  expect(done).toEqual(['quick'])
  slow.resolve()
  await queue.idle()
  expect(done).toEqual(['quick', 'slow'])
})
