/** How much of a sale can still be paid back. Pure. */
import type { Money } from '@tillproof/shared/api/fields.ts'
import type { Refund } from '@tillproof/shared/api/refunds.ts'

/** What was refused did not go back; all else did, or may have. */
export function leftMinor(paid: Money, refunds: readonly Refund[]): bigint {
  const back = refunds
    .filter(({ state }) => state !== 'refused')
    .reduce((sum, { amount }) => sum + BigInt(amount.amountMinor), 0n)
  return BigInt(paid.amountMinor) - back
}
