/**
 * Meters against signed sales. A machine's log is cut where its witness was read while nothing was
 * being sold; between two cuts the meter has to rise by the sales that the log tells. Pure, from
 * signed events alone, so that a lender can cut the same windows.
 *
 *     reading 100     sale   sale     reading 102   reading 103
 *        |-------------####---####--------|-------------|
 *                rise 2, sales 2              rise 1, sales 0
 */
import type { Witness } from './witness.ts'

/** `index`: of the event that carries it. */
export type Reading = { index: number; value: bigint; atMs: number }

/** A sale that succeeded, or whose success was presumed when power was lost. */
export type ClaimedSale = { openIndex: number; resultIndex: number; presumed: boolean }

export type Window = {
  from: Reading
  to: Reading
  /** How far the meter rose; null where it began anew. */
  rise: bigint | null
  /** Sales that the log claims, presumed ones with them. */
  sales: number
  presumed: number
}

/**
 * @param readings of one meter in one epoch of the log, by index
 * @param sales of the same span with the last one before it, by index; they do not overlap
 */
export function windowsOf(
  readings: readonly Reading[],
  sales: readonly ClaimedSale[],
  witness: Witness,
): Window[] {
  const windows: Window[] = []
  let from: Reading | undefined
  let next = 0
  for (const to of readings) {
    let end = next
    while (isOver(sales[end], to)) end++
    if (isBegun(sales[end], to)) continue
    if (from !== undefined) windows.push(windowOf(from, to, sales.slice(next, end), witness))
    from = to
    next = end
  }
  return windows
}

function windowOf(
  from: Reading,
  to: Reading,
  sales: readonly ClaimedSale[],
  witness: Witness,
): Window {
  const rise = riseOf(from.value, to.value, witness)
  const presumed = sales.filter(sale => sale.presumed).length
  return { from, to, rise, sales: sales.length, presumed }
}

/** The end of a session is told, with its meters, right before the result. */
const isOver = (sale: ClaimedSale | undefined, at: Reading): boolean =>
  sale !== undefined && sale.resultIndex - 1 <= at.index && sale.openIndex < at.index

const isBegun = (sale: ClaimedSale | undefined, at: Reading): boolean =>
  sale !== undefined && sale.openIndex < at.index

/** More than half a turn forward is a step back: the meter began anew. */
function riseOf(before: bigint, after: bigint, { bits }: Witness): bigint | null {
  if (bits === null) return after < before ? null : after - before
  const rise = BigInt.asUintN(bits, after - before)
  return rise >= 1n << BigInt(bits - 1) ? null : rise
}

/** Whether the meter bears out each sale of the window. */
export const agrees = ({ rise, sales }: Pick<Window, 'rise' | 'sales'>): boolean =>
  rise === BigInt(sales)

/**
 * Pieces that the meter counted and the log does not tell (positive), or that the log tells and the
 * meter did not count (negative). A presumed sale may have happened or not.
 */
export function errorOf({ rise, sales, presumed }: Omit<Window, 'from' | 'to'>): bigint {
  if (rise === null) return 0n
  const [least, most] = [BigInt(sales - presumed), BigInt(sales)]
  if (rise > most) return rise - most
  return rise < least ? rise - least : 0n
}
