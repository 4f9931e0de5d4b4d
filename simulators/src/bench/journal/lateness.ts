/**
 * How late a thread is: a timer that is due in 2 ms, and how long after that it was served. Told
 * twice: as it was, and without what it waited for a core that other threads had.
 */

const EVERY_MS = 2

/** In milliseconds, a number for each turn. */
export type Lateness = { all: number[]; own: number[] }

/**
 * Begins to look. A stall that hid several turns of the timer counts for each of them, as late as
 * each was: else a thread that stands still would be late but once.
 * @param nowMs a steady clock with fractions
 * @param waitedMs how long this thread has waited for a core up to now
 */
export function lateness(nowMs: () => number, waitedMs: () => number): { stop(): Lateness } {
  const late: Lateness = { all: [], own: [] }
  let timer = ask()
  function ask() {
    const dueMs = nowMs() + EVERY_MS
    const waitedBeforeMs = waitedMs()
    return setTimeout(() => {
      const delayMs = nowMs() - dueMs
      late.all.push(...turnsOf(delayMs))
      late.own.push(...turnsOf(delayMs - (waitedMs() - waitedBeforeMs)))
      timer = ask()
    }, EVERY_MS)
  }
  return {
    stop() {
      clearTimeout(timer)
      return late
    },
  }
}

/** How late each turn was that one delay held up. */
export function turnsOf(delayMs: number): number[] {
  const turns = 1 + Math.max(0, Math.floor(delayMs / EVERY_MS))
  return Array.from({ length: turns }, (_, turn) => Math.max(0, delayMs - turn * EVERY_MS))
}

/** The value that `share` of all do not exceed; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
