/**
 * Fair comparisons on a busy machine: every contestant runs once in every round, each round begins
 * with another one and every second goes the other way round, so that nobody always comes behind
 * the one whose dirty pages are still being written. Only what was measured side by side in one
 * round is divided, and the medians over the rounds are told: one disturbed round changes nothing.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Does the whole work once and says how many units it was; at once, or when it has done it. */
export type Contestant = {
  name: string
  /** What has to be ready before the clock runs. */
  prepare?(): Promise<void>
  run(): number | Promise<number>
}
/** Nanoseconds a unit, one number a round, by contestant. */
export type Timings = ReadonlyMap<string, readonly number[]>

/**
 * One round to warm up that does not count, then `rounds` that do.
 * @param nowMs a steady clock with fractions, such as performance.now
 */
export async function raceInRounds(
  contestants: readonly Contestant[],
  rounds: number,
  nowMs: () => number,
): Promise<Timings> {
  const timings = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants.at(placeOf(round, turn) % contestants.length)
      if (!contestant) continue
      await contestant.prepare?.()
      // What the one before left behind is not for this one to sweep.
      collectGarbage()
      const startedMs = nowMs()
      const units = await contestant.run()
      const nanoseconds = ((nowMs() - startedMs) * 1e6) / units
      if (round > 0) timings.set(contestant.name, [...of(timings, contestant.name), nanoseconds])
    }
  }
  return timings
}

/** Negative where it goes the other way round: `at` counts from the end then. */
const placeOf = (round: number, turn: number): number =>
  round % 2 === 0 ? round + turn : round - turn

/** How many times faster a unit of `name` is than one of `than`: median of the rounds' ratios. */
export function timesFaster(timings: Timings, name: string, than: string): number {
  const slow = of(timings, than)
  return median(of(timings, name).map((fast, round) => (slow[round] ?? Number.NaN) / fast))
}

/** Units a second, by the median round. */
export function unitsPerSecond(timings: Timings, name: string): number {
  return 1e9 / median(of(timings, name))
}

/** The middle value, the mean of the two in the middle, NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

function of(timings: Timings, name: string): readonly number[] {
  return timings.get(name) ?? []
}
