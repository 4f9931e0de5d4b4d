/** States, inputs and times of the shared car's session; the picture is in `shared-car.ts`. */
import type { Position } from '@tillproof/shared/event/event.ts'
import type { EventDraft } from '../journal/event-store.ts'
import type { SavedSale, Step } from './machine.ts'
import type { OpenSale } from './sale.ts'

/** One look at the box. `odometer`: raw counter of the vehicle, metres. */
export type CarReading = {
  unlocked: boolean
  doorOpen: boolean
  ignition: boolean
  odometer: bigint
}
export type CarDeed = { type: 'lock' | 'unlock' }
export type CarInput =
  | { type: 'reading'; reading: CarReading }
  | { type: 'fix'; position: Position }
  | { type: 'bus-lost' }

export type Result = {
  result: 'success' | 'failed' | 'presumed'
  reason?: string
  before: EventDraft[]
}
/** What the present commit is for, and so what follows it. */
export type Recording =
  | { for: 'approval'; saved: SavedSale }
  | { for: 'started'; open: OpenSale }
  | { for: 'result'; open: OpenSale; result: Result }
  /** A door, the ignition, a position: the session is where it was. */
  | { for: 'fact'; back: Back }

/** Phases in which facts beside the sale's own course are noted. */
export type Back =
  | { phase: 'idle' }
  | { phase: 'unlocking'; open: OpenSale }
  | { phase: 'rented'; open: OpenSale }

export type Seen = {
  /** The last look, null while the box cannot be seen. */
  reading: CarReading | null
  /** Contacts as last written to the journal, null before the first look. */
  noted: { doorOpen: boolean; ignition: boolean } | null
  fixDueAtMs: number
  /** When lock or unlock was last written to the box. */
  lockTriedAtMs: number
}
export type CarState = Seen &
  (
    | Back
    | { phase: 'recording'; recording: Recording }
    | { phase: 'closing'; open: OpenSale; result: Result }
  )
export type CarStep = Step<CarState, CarDeed>

export const KEY = 'session.shared-car'
export const BODY_PORT = 'body'
export const GPS_PORT = 'gps'

export const FIX_EVERY_MS = { rented: 5_000, otherwise: 60_000 }
/** A lock that shows no effect is written again after this long. */
export const LOCK_RETRY_MS = 3_000
/** A car that has not unlocked by then will not: the rental failed. */
export const UNLOCK_LIMIT_MS = 30_000
/** Beyond the paid time, a car that cannot be read is given this long before we presume. */
export const GIVE_UP_AFTER_MS = 3_600_000
export const RETRY_MS = 1_000
