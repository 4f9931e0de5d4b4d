/** An account's balance on the side where it stands. */
import type { Account } from '@tillproof/shared/api/money.ts'

export type Balance = { side: 'debit' | 'credit' | 'none'; amountMinor: string }

export function balanceOf({ debitsPosted, creditsPosted }: Account): Balance {
  const difference = BigInt(debitsPosted) - BigInt(creditsPosted)
  if (difference === 0n) return { side: 'none', amountMinor: '0' }
  return difference > 0n
    ? { side: 'debit', amountMinor: String(difference) }
    : { side: 'credit', amountMinor: String(-difference) }
}
