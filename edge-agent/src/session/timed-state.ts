/** States, inputs and deeds of the timed rental; the picture is in `timed.ts`. */
import type { SaleResult } from '@tillproof/shared/event/event.ts'
import type { AppendRequest, EventDraft } from '../journal/event-store.ts'
import type { SavedSale, Step } from './machine.ts'
import type { OpenSale } from './sale.ts'
import type { Look } from './timed-rules.ts'

export type TimedWrite =
  | { point: string; value: number }
  | { point: string; pulses: number; widthMs: number }
/** To be written in order; a write that is not confirmed ends it. */
export type TimedDeed = { type: 'write'; writes: TimedWrite[] }

export type TimedInput =
  /** `atMs`: when it was read, wall time. */
  | { type: 'look'; look: Look; atMs: number }
  /** The machine cannot be seen. */
  | { type: 'line-lost' }

export type Result = {
  result: SaleResult
  reason?: string
  /** What is owed of the deposit; absent: all of it. */
  finalMinor?: bigint
  before?: EventDraft[]
}
/** What the present commit is for, and so what follows it. */
export type Recording =
  | { for: 'approval'; saved: SavedSale }
  /** `unseen`: only its run meter says so, it does not serve any more. */
  | { for: 'started'; open: OpenSale; unseen: boolean }
  | { for: 'result' }
  | { for: 'meters' }

/** Phases in which the machine is looked at. */
export type Course =
  | { phase: 'idle' }
  /** `unseen`: for some time nobody could see whether it began. */
  | { phase: 'starting'; open: OpenSale; unseen: boolean }
  /** `unseen`: nobody has seen it serve since a break. */
  | { phase: 'running'; open: OpenSale; unseen: boolean }

export type Seen = {
  /** The last look, null while the machine cannot be seen. */
  look: Look | null
  /** Since when it has not served, while a run may thereby be over. */
  restingSinceMs: number | null
  metersDueAtMs: number
  /** When start or stop was last written to the machine. */
  triedAtMs: number
}
export type TimedState = Seen &
  (
    | Course
    | { phase: 'recording'; recording: Recording; request: AppendRequest }
    /** It could not be written yet (disk full): tried again until it is. */
    | { phase: 'unwritten'; recording: Recording; request: AppendRequest }
  )
export type TimedStep = Step<TimedState, TimedDeed>

export const TRY_AGAIN_MS = 3_000
/** A machine that has not begun by then will not: the customer is told that it failed. */
export const START_LIMIT_MS = 30_000
export const RETRY_MS = 1_000
/** No service that is sold by units lasts longer. */
export const LONGEST_MS = 86_400_000
/** Beyond the paid time, a machine that cannot be read is given this long before we presume. */
export const GRACE_MS = { machine: 600_000, agent: 3_600_000 }

export function seenOf({ look, restingSinceMs, metersDueAtMs, triedAtMs }: TimedState): Seen {
  return { look, restingSinceMs, metersDueAtMs, triedAtMs }
}
