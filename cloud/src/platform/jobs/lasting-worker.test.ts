/** A worker that broke or hangs is replaced; one that works or has nothing to do is left alone. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { lastingWorker, type Run } from './lasting-worker.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Workers that do nothing until the test ends them or hands them an entry. */
function workers() {
  const opened: { end: () => void; take: Run; isClosed: boolean }[] = []
  const open = (take: Run) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const one = { end: resolve, take, isClosed: false }
    opened.push(one)
    const close = async () => {
      one.isClosed = true
    }
    return { work: () => promise, close }
  }
  return { opened, open }
}

test('idle for 10 s beside waiting entries it is replaced', async () => {
  const { opened, open } = workers()
  const logged: string[] = []
  const run = async () => undefined
  const lasting = lastingWorker(open, run, (_level, message) => logged.push(message))
  lasting.lookAfter(0)
  vi.advanceTimersByTime(60_000)
  lasting.lookAfter(3)
  vi.advanceTimersByTime(9_999)
  lasting.lookAfter(3)
  expect(opened).toHaveLength(1)
  vi.advanceTimersByTime(1)
  lasting.lookAfter(3)
  expect(opened.map(one => one.isClosed)).toEqual([true, false])
  expect(logged).toEqual(['idle worker replaced'])
})

test('while it runs an entry, and when it has begun one since, it is left alone', async () => {
  const { opened, open } = workers()
  const running = Promise.withResolvers<void>()
  const lasting = lastingWorker(
    open,
    () => running.promise,
    () => undefined,
  )
  lasting.lookAfter(3)
  const taken = opened[0]?.take('a')
  vi.advanceTimersByTime(60_000)
  lasting.lookAfter(3)
  running.resolve()
  await taken
  lasting.lookAfter(3)
  expect(opened).toHaveLength(1)
})

test('one that ended by itself is followed by another, one that was told to by none', async () => {
  vi.useRealTimers()
  const { opened, open } = workers()
  const run = async () => undefined
  const lasting = lastingWorker(open, run, () => undefined)
  opened[0]?.end()
  await expect.poll(() => opened).toHaveLength(2)
  await lasting.close()
  opened[1]?.end()
  await new Promise(setImmediate)
  expect(opened.map(one => one.isClosed)).toEqual([true, true])
})
