/**
 * What the agent's main part sees of a machine: it can be offered a voucher, its ports can be
 * looked at, and it can be stopped. Everything else happens between lines, session and journal.
 */
import type { Clock } from '../clock.ts'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog, PortStatus } from '../ports/port.ts'
import type { Machine } from '../profile/machine.ts'
import type { VoucherRefusal } from '../session/voucher.ts'
import type { AuditOutcome, AuditRequest } from './audit.ts'

export type DriverDeps = {
  store: EventStore
  machine: Machine
  /** A voucher made out to another device is refused. */
  deviceId: string
  /** The cloud's Ed25519 public key for vouchers, 32 bytes. */
  voucherKey: Uint8Array
  clock: Clock
  log: PortLog
  /** Where audit files are kept; made when the first one is. */
  auditFolder: string
  /** Why no sale may begin now; asked every few seconds. Null: all is well. */
  noSaleBecause?(): NoSale | null
}

/** Why the machine takes no cashless sales: the disk's reserve is touched, or its log has ended. */
export type NoSale = 'disk-full' | 'log-dead'

export type VoucherAnswer = 'accepted' | VoucherRefusal

export type Drivers = {
  /**
   * A voucher's text, from a command of the cloud or from a scanner. Refusals leave no event.
   * `accepted` means that the machine acts on it; its facts are then in the journal.
   */
  offerVoucher(text: string): Promise<VoucherAnswer>
  /** Reads the machine's audit now. Never rejects. */
  audit(request: AuditRequest): Promise<AuditOutcome>
  ports(): PortStatus[]
  /** Wall time of the last position that was believed; null before the first. */
  lastFixAtMs(): number | null
  /** Set while the machine is out of sale. */
  noSale(): NoSale | null
  /** Closes the lines. The session goes on from its saved state at the next start. */
  stop(): Promise<void>
}
