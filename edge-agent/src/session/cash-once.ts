/**
 * A machine with two cashless readers tells each of them of a cash sale. It is one sale: the second
 * telling, by the other reader and within a moment, is left out. So is what one reader is told
 * twice in a breath: the machine did not hear that it was heard. Pure.
 */
import type { ObservedVend } from './observer-book.ts'

export type CashTold = (ObservedVend & { reader: number; atTenthMs: number }) | null

/** A controller polls its readers one after the other, several times a second. */
const SAME_WITHIN_TENTH_MS = 20_000
/** No machine gives out two of an item faster than this. */
const REPEATED_WITHIN_TENTH_MS = 4_000

/** Whether this telling is of the sale that was told last. */
export function isToldAgain(last: CashTold, told: NonNullable<CashTold>): boolean {
  if (last === null) return false
  const isRepeated = last.reader === told.reader
  return (
    last.item === told.item &&
    last.price?.scaled === told.price?.scaled &&
    told.atTenthMs - last.atTenthMs <=
      (isRepeated ? REPEATED_WITHIN_TENTH_MS : SAME_WITHIN_TENTH_MS)
  )
}
