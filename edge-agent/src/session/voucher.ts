/**
 * Vouchers at the machine's door: what the cloud signed is opened, checked against this device and
 * handed to the session as a credit. Spending happens later, in the journal's own transaction.
 */
import { openVoucher } from '@tillproof/shared/wire/voucher.ts'

/** A paid order that may buy one thing here, once. */
export type Credit = {
  orderId: string
  amountMinor: bigint
  currency: string
  item: string
}

export type VoucherRefusal =
  | 'malformed'
  | 'bad-signature'
  | 'expired'
  /** Made out to another device. */
  | 'foreign'
  /** Another customer is being served, or this one already. */
  | 'busy'
  | 'wrong-currency'
  | 'no-such-item'
  | 'wrong-price'
  /** Its order was served before. */
  | 'voucher-spent'
  | 'disk-full'
  /** The machine's log has ended: it has to be enrolled again before it sells. */
  | 'log-dead'
  /** The machine's line is down: nothing could be delivered. */
  | 'machine-down'

/** Voucher text → credit. `publicKey`: 32 bytes; `nowMs`: wall time, against the expiry. */
export function readVoucher(
  text: string,
  door: { publicKey: Uint8Array; deviceId: string; nowMs: number },
): { ok: true; credit: Credit } | { ok: false; refused: VoucherRefusal } {
  const opened = openVoucher(text, door.publicKey, door.nowMs, door.deviceId)
  if (!opened.ok) return opened
  const { orderId, amountMinor, currency, item } = opened.voucher
  return { ok: true, credit: { orderId, amountMinor, currency, item } }
}
