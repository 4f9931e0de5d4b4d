/**
 * What the log does without when there is too much of it: events that are not about money, beyond
 * so many of a kind in an hour, or while the disk runs full. Pure. What was left out is counted,
 * and the next event that gets in stands behind one `gap` event with these counts, so that a log
 * with holes says so itself.
 */
import { type EventKind, isMoneyEvent } from '@tillproof/shared/event/event.ts'
import type { EventDraft } from './event-store.ts'

/** What was shed since the last gap event. Times are the machine's wall clock. */
export type Gap = {
  fromMs: number
  toMs: number
  cause: 'rate' | 'disk' | 'rate+disk'
  kinds: Partial<Record<EventKind, number>>
  /** The process died in between: it may have been more, at most twice as many. */
  isAtLeast: boolean
}

/** `hours`: when the present hour of a kind began, monotonic, and how many got in since. */
export type Shedding = {
  hours: ReadonlyMap<EventKind, { startMs: number; count: number }>
  gap: Gap | undefined
}
export type ShedLimits = { perHour: number; isDiskFilling: boolean }

export const NOTHING_SHED: Shedding = { hours: new Map(), gap: undefined }

const HOUR_MS = 3_600_000

/** Which of these drafts get in, and what is known of the shed ones afterwards. */
export function triage(
  before: Shedding,
  drafts: readonly EventDraft[],
  at: { atMs: number; monotonicMs: number },
  limits: ShedLimits,
): { kept: boolean[]; after: Shedding } {
  const hours = new Map(before.hours)
  let { gap } = before
  const kept = drafts.map(({ kind, sale }) => {
    if (isMoneyEvent(kind) || sale === 'opens') return true
    const known = hours.get(kind)
    const isOver = !known || at.monotonicMs - known.startMs >= HOUR_MS
    const hour = isOver ? { startMs: at.monotonicMs, count: 0 } : known
    const cause = limits.isDiskFilling ? 'disk' : hour.count >= limits.perHour ? 'rate' : undefined
    if (cause === undefined) hours.set(kind, { ...hour, count: hour.count + 1 })
    else gap = widen(gap, kind, cause, at.atMs)
    return cause === undefined
  })
  return { kept, after: { hours, gap } }
}

function widen(gap: Gap | undefined, kind: EventKind, cause: 'rate' | 'disk', atMs: number): Gap {
  if (!gap) return { fromMs: atMs, toMs: atMs, cause, kinds: { [kind]: 1 }, isAtLeast: false }
  return {
    ...gap,
    fromMs: Math.min(gap.fromMs, atMs),
    toMs: Math.max(gap.toMs, atMs),
    cause: gap.cause === cause ? cause : 'rate+disk',
    kinds: { ...gap.kinds, [kind]: (gap.kinds[kind] ?? 0) + 1 },
  }
}

/** The event that tells a gap: see docs/wire/event.cddl. */
export function gapEvent({ fromMs, toMs, cause, kinds, isAtLeast }: Gap): EventDraft {
  const detail = {
    from: fromMs,
    to: toMs,
    cause,
    ...(isAtLeast ? { atLeast: true } : {}),
    ...kinds,
  }
  return { kind: 'gap', fields: { detail } }
}

/**
 * Whether this much more has been shed that it is worth a write: at the first event, and whenever
 * the count has doubled. Writing down each shed event would cost what shedding saves.
 */
export function isWorthStoring(before: Gap | undefined, after: Gap | undefined): boolean {
  return after !== undefined && doublings(after) > doublings(before)
}

function doublings(gap: Gap | undefined): number {
  const total = Object.values(gap?.kinds ?? {}).reduce((sum, count) => sum + count, 0)
  return total === 0 ? -1 : Math.floor(Math.log2(total))
}
