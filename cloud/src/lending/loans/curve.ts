/**
 * A loan's plan and what really came back, as points in time. Pure.
 * The plan is a straight line: so much a day until the principal is repaid.
 */
import type { Loan } from '@tillproof/shared/api/lending.ts'

export type Plan = { principalMinor: bigint; plannedDailyMinor: bigint; startedAtMs: number }
/** All repayment booked up to a time, minor units; points oldest first. */
export type Repayment = { atMs: number; cumulativeMinor: bigint }

const DAY_MS = 86_400_000
/** Steps a curve may take; the smallest that keeps it readable is chosen. */
const STEPS_MS = [10_000, 60_000, 600_000, 3_600_000, DAY_MS, 7 * DAY_MS, 30 * DAY_MS] as const
const MOST_PAST_POINTS = 48
const FUTURE_POINTS = 12

/** What the plan wants repaid by a time. */
export function plannedBy(plan: Plan, atMs: number): bigint {
  const elapsedMs = BigInt(Math.max(0, Math.floor(atMs - plan.startedAtMs)))
  const planned = (plan.plannedDailyMinor * elapsedMs) / BigInt(DAY_MS)
  return planned < plan.principalMinor ? planned : plan.principalMinor
}

/** Milliseconds between two points of the curve. */
export function stepOf(plan: Plan, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - plan.startedAtMs)
  return STEPS_MS.find(step => elapsedMs / step <= MOST_PAST_POINTS) ?? 30 * DAY_MS
}

/** From the loan's start to now, and a stretch of plan beyond, which has no actual amount. */
export function curveOf(
  plan: Plan,
  repayments: readonly Repayment[],
  nowMs: number,
): Loan['curve'] {
  const step = stepOf(plan, nowMs)
  const past = Math.floor(Math.max(0, nowMs - plan.startedAtMs) / step)
  const times = Array.from({ length: past + 1 }, (_, i) => plan.startedAtMs + i * step)
  if (times.at(-1) !== nowMs) times.push(nowMs)
  const ahead = Array.from({ length: FUTURE_POINTS }, (_, i) => nowMs + (i + 1) * step)
  return [
    ...times.map(atMs => pointOf(plan, atMs, repaidBy(repayments, atMs).toString())),
    ...ahead.map(atMs => pointOf(plan, atMs, null)),
  ]
}

const pointOf = (plan: Plan, atMs: number, actualMinor: string | null) => ({
  at: new Date(atMs).toISOString(),
  plannedMinor: plannedBy(plan, atMs).toString(),
  actualMinor,
})

function repaidBy(repayments: readonly Repayment[], atMs: number): bigint {
  let repaid = 0n
  for (const each of repayments) if (each.atMs <= atMs) repaid = each.cumulativeMinor
  return repaid
}
