/**
 * Three sums over one machine and one period that have to agree with each other: the goods that
 * went out, the meter that counted them, and the money that came for them. Pure. Each answer is an
 * error without which the sum would hold; 0 where it does.
 */
import { errorOf, type Window } from './windows.ts'

/** Pieces, as people counted them at the first and the last visit of the period. */
export type GoodsCount = { opening: number; refilled: number; removed: number; closing: number }

/** Pieces missing beyond the sales told (positive), or told and still there (negative). */
export function goodsError(count: GoodsCount, dispensed: number): number {
  return count.opening + count.refilled - count.removed - count.closing - dispensed
}

export type MeterBalance = {
  /** How far the meter rose, wraps reckoned in. */
  rise: bigint
  sales: number
  /** Of the errors between two readings: pieces that no sale tells of. */
  unsold: bigint
  /** And sales told of which the meter counted nothing. */
  phantom: bigint
  /** How often it began anew: what it counted around that is not known. */
  epochs: number
}

/** Errors of the two signs are not set off against each other: both are shown. */
export function meterBalance(windows: readonly Window[]): MeterBalance {
  const balance: MeterBalance = { rise: 0n, sales: 0, unsold: 0n, phantom: 0n, epochs: 0 }
  for (const window of windows) {
    const error = errorOf(window)
    if (window.rise === null) balance.epochs++
    else balance.rise += window.rise
    balance.sales += window.sales
    if (error > 0n) balance.unsold += error
    else balance.phantom -= error
  }
  return balance
}

/** Minor units of one currency. */
export type MoneyCount = { soldMinor: bigint; paidMinor: bigint; cashMinor: bigint }

/** Sold, but neither settled nor in the cash box (positive); money that no sale is told for. */
export function moneyErrorMinor({ soldMinor, paidMinor, cashMinor }: MoneyCount): bigint {
  return soldMinor - paidMinor - cashMinor
}
