/** The legs of a posting as a debit and credit table, totalled exactly for each currency. */
import type { Posting } from '@tillproof/shared/api/money.ts'

export type Totals = { currency: string; debit: bigint; credit: bigint; balanced: boolean }

export function totalsOf(legs: Posting['legs']): Totals[] {
  const sums = new Map<string, { debit: bigint; credit: bigint }>()
  for (const { side, amount } of legs) {
    const sum = sums.get(amount.currency) ?? { debit: 0n, credit: 0n }
    sum[side] += BigInt(amount.amountMinor)
    sums.set(amount.currency, sum)
  }
  return [...sums].map(([currency, { debit, credit }]) => ({
    currency,
    debit,
    credit,
    balanced: debit === credit,
  }))
}
