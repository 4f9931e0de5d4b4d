/** Takings of a machine in a period, by evidence grade, and what its sums say of them. Pure. */
import type { Takings } from '@tillproof/shared/api/takings.ts'
import { moneyErrorMinor } from '@tillproof/shared/attest/conservation.ts'
import { type EvidenceGrade, gradeOf, type SaleEvidence } from './grade.ts'

/** Sales of one period that share their currency, tender and evidence. */
export type SalesAlike = Omit<SaleEvidence, 'signed'> & {
  currency: string
  tender: 'cash' | 'reader' | null
  sales: number
  amountMinor: bigint
}

const GRADES: EvidenceGrade[] = ['repaid', 'settled', 'corroborated', 'signed', 'claimed']

/** A line for each currency and grade that occurs, the best grade first. */
export function byGrade(groups: readonly SalesAlike[]): Takings['grades'] {
  const graded = groups.map(group => ({ ...group, grade: gradeOf({ ...group, signed: true }) }))
  return currenciesOf(groups).flatMap(currency =>
    GRADES.flatMap(grade => {
      const alike = graded.filter(each => each.currency === currency && each.grade === grade)
      if (alike.length === 0) return []
      const sales = alike.reduce((sum, each) => sum + each.sales, 0)
      return [{ grade, sales, amount: { amountMinor: String(sumOf(alike)), currency } }]
    }),
  )
}

/** Sold against paid and told as cash: what is left nobody but the machine speaks for. */
export function moneyBalances(groups: readonly SalesAlike[]): Takings['money'] {
  return currenciesOf(groups).map(currency => {
    const sold = groups.filter(each => each.currency === currency)
    const soldMinor = sumOf(sold)
    const paidMinor = sumOf(sold.filter(each => each.paymentMatched))
    const settledMinor = sumOf(sold.filter(each => each.settled))
    const cashMinor = sumOf(sold.filter(each => !each.paymentMatched && each.tender === 'cash'))
    return {
      currency,
      soldMinor: String(soldMinor),
      paidMinor: String(paidMinor),
      settledMinor: String(settledMinor),
      cashToldMinor: String(cashMinor),
      openMinor: String(moneyErrorMinor({ soldMinor, paidMinor, cashMinor })),
    }
  })
}

const currenciesOf = (groups: readonly SalesAlike[]): string[] =>
  [...new Set(groups.map(({ currency }) => currency))].toSorted()

const sumOf = (groups: readonly SalesAlike[]): bigint =>
  groups.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
