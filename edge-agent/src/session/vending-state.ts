/** States, inputs and times of the vending session; the picture is in `vending.ts`. */
import type { VendFact } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import type { SaleResult } from '@tillproof/shared/event/event.ts'
import type { SavedSale, Step } from './machine.ts'
import type { OpenSale } from './sale.ts'
import type { Credit } from './voucher.ts'

/**
 * `report`: the reader shall say how it stands; the session knows nothing of it yet. `forget`: it
 * shall not wait for an outcome any more.
 */
export type VendDeed = { type: 'approve' | 'deny'; ask: number } | { type: 'report' | 'forget' }
export type VendingInput = { type: 'vend'; fact: VendFact }

/** What the machine asked for; `amountMinor` undefined when it makes no sense in the currency. */
export type Ask = { ask: number; amountMinor: bigint | undefined; item: string }
/** What the present commit is for, and so what follows it. */
export type Mismatch = 'wrong-price' | 'no-such-item'
export type Recording =
  | { for: 'approval'; ask: number; credit: Credit; saved: SavedSale; offered: boolean }
  | { for: 'refusal'; ask: number; credit: Credit; offered: boolean; reason: Mismatch }
  | { for: 'result'; open: OpenSale; result: SaleResult; reason?: string }

export type VendingState = { ready: boolean } & (
  | { phase: 'idle' }
  | { phase: 'credit'; credit: Credit }
  | { phase: 'asked'; ask: Ask }
  | { phase: 'recording'; recording: Recording }
  | { phase: 'approved'; open: OpenSale }
  /** The result could not be written yet (disk full): tried again until it is. */
  | { phase: 'closing'; open: OpenSale; result: SaleResult; reason?: string }
)
export type VendStep = Step<VendingState, VendDeed>

/** Credit and request wait for each other this long. */
export const MATCH_WAIT_MS = 30_000
/** No machine takes longer between approval and result. */
export const RESULT_WAIT_MS = 180_000
/** After a restart of line or process, an outcome that is still on its way comes within this. */
export const RESOLVE_WAIT_MS = 5_000
export const RETRY_MS = 1_000

export const KEY = 'session.vending'
export const PORT = 'mdb'
