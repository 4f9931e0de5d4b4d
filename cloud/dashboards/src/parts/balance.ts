/** An account's balance on the side where it stands. */
import type { Sums } from '@tillproof/shared/api/statements.ts'

export type BookBalance = { side: 'debit' | 'credit' | 'none'; amountMinor: string }

type Posted = Pick<Sums, 'debitsPosted' | 'creditsPosted'>

export function balanceOf({ debitsPosted, creditsPosted }: Posted): BookBalance {
  return sideOf(BigInt(creditsPosted) - BigInt(debitsPosted))
}

/** @param creditMinor booked credits less booked debits */
export function sideOf(creditMinor: bigint): BookBalance {
  if (creditMinor === 0n) return { side: 'none', amountMinor: '0' }
  return creditMinor > 0n
    ? { side: 'credit', amountMinor: String(creditMinor) }
    : { side: 'debit', amountMinor: String(-creditMinor) }
}
