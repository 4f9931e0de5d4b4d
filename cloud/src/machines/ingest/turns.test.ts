/** Order within a machine, several machines at a time, limits. */
import { expect, test } from 'vitest'
import { turns } from './turns.ts'

const limits = { atOnce: 2, waitingPerKey: 3, waitingBytes: 100 }
const tick = () => new Promise<void>(resolve => setImmediate(resolve))

test('work of one key is done one after another, in order, whatever others do', async () => {
  const queue = turns({ ...limits, waitingPerKey: 100, waitingBytes: 10_000 })
  const done: Record<string, number[]> = {}
  const running: Record<string, number> = {}
  let most = 0
  for (let n = 0; n < 50; n += 1) {
    for (const key of ['a', 'b', 'c']) {
      queue.add(key, 1, async () => {
        running[key] = (running[key] ?? 0) + 1
        expect(running[key]).toBe(1)
        most = Math.max(most, Object.values(running).filter(count => count > 0).length)
        if (n % 3 === 0) await tick()
        done[key] = [...(done[key] ?? []), n]
        running[key] -= 1
      })
    }
  }
  await queue.idle()
  const inOrder = Array.from({ length: 50 }, (_, n) => n)
  expect(done).toEqual({ a: inOrder, b: inOrder, c: inOrder })
  expect(most).toBe(2)
})

test('a key with too much waiting, or too many bytes in all, is turned away', async () => {
  const queue = turns(limits)
  const gate = Promise.withResolvers<void>()
  const held = () => gate.promise
  expect(queue.add('a', 40, held)).toBe(true)
  const waiting = [1, 2, 3, 4].map(() => queue.add('a', 1, held))
  expect(waiting).toEqual([true, true, true, false])
  queue.add('b', 1, held)
  expect(queue.add('c', 98, held)).toBe(false)
  expect(queue.add('c', 97, held)).toBe(true)
  gate.resolve()
  await queue.idle()
  expect(queue.add('a', 100, held)).toBe(true)
})

test('a slow key does not hold up the others', async () => {
  const queue = turns(limits)
  const slow = Promise.withResolvers<void>()
  const done: string[] = []
  queue.add('slow', 1, () => slow.promise)
  queue.add('slow', 1, async () => void done.push('slow'))
  queue.add('quick', 1, async () => void done.push('quick'))
  await tick()
  expect(done).toEqual(['quick'])
  slow.resolve()
  await queue.idle()
  expect(done).toEqual(['quick', 'slow'])
})
