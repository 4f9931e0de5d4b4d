/**
 * A cash trap: while a sweep has carried more than its threshold unpaid into the period, a part of
 * each sale stays in an account that the operator cannot draw on.
 */
import { z } from 'zod'
import { type Asking, partOf } from './asking.ts'
import { agreedAccount, basisPoints, minor, termName } from './fields.ts'

export const cashTrap = z.strictObject({
  kind: z.literal('cash-trap'),
  name: termName,
  account: agreedAccount,
  /** The sweep it watches, a term before it. */
  watches: termName,
  /** Closed while what was carried is more than this. */
  aboveMinor: minor,
  basisPoints: basisPoints.min(1),
})
export type CashTrap = z.infer<typeof cashTrap>

export const askCashTrap = (term: CashTrap, { grossMinor, carriedOf }: Asking): bigint =>
  carriedOf(term.watches) > BigInt(term.aboveMinor) ? partOf(grossMinor, term.basisPoints) : 0n
