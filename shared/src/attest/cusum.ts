/**
 * CUSUM over conservation errors: finds a small, lasting leak that no single day shows. Honest
 * machines miscount 1 sale in 1,000; 1 in 50 shall be found. For Poisson counts the best reference
 * value between two rates is (r1 − r0) / ln(r1 / r0) a sale, and with a threshold of ln(days) /
 * ln(r1 / r0) an honest machine is accused at most once in so many days (G. Lorden, "Procedures for
 * reacting to a change in distribution", 1971, theorem 2). Here: once in 36,500 days on each side.
 * Reckoned in millionths of a sale, so that everybody reckons the same.
 */

/** 0.019 / ln 20, rounded up. */
const REFERENCE_MILLIONTHS = 6_343n
/** ln 36,500 / ln 20, rounded up. */
const THRESHOLD_MILLIONTHS = 3_506_678n
const MILLION = 1_000_000n

/** `error`: see `errorOf`; of one day. */
export type Step = { sales: number; error: bigint }

export type Alarm = {
  /** Pieces came out that no sale tells of, or sales are told of which nothing came out. */
  side: 'unsold' | 'phantom'
  /** Numbers of the steps from which it grew and in which it was certain. */
  first: number
  last: number
  /** Sum of the errors in these steps, without its sign. */
  pieces: bigint
}

/** After an alarm the sum begins anew: what goes on gives another one. */
export function alarmsOf(steps: readonly Step[]): Alarm[] {
  const unsold = sideOf(steps, 'unsold', 1n)
  const phantom = sideOf(steps, 'phantom', -1n)
  return [...unsold, ...phantom].toSorted((a, b) => a.last - b.last)
}

function sideOf(steps: readonly Step[], side: Alarm['side'], sign: 1n | -1n): Alarm[] {
  const alarms: Alarm[] = []
  let sum = 0n
  let first = 0
  steps.forEach(({ sales, error }, last) => {
    const grown = sum + sign * error * MILLION - BigInt(sales) * REFERENCE_MILLIONTHS
    if (sum === 0n) first = last
    sum = grown > 0n ? grown : 0n
    if (sum < THRESHOLD_MILLIONTHS) return
    const errors = steps.slice(first, last + 1).reduce((total, step) => total + step.error, 0n)
    alarms.push({ side, first, last, pieces: sign * errors })
    sum = 0n
  })
  return alarms
}
