/** Takings of one currency, a row for each period, also for those without a sale. Pure. */
import type { Sale } from '@tillproof/shared/api/money.ts'
import type { TakingsByPeriod } from '@tillproof/shared/api/takings-by-period.ts'
import { bucketsOf } from '../../parts/buckets.ts'

type Grade = Sale['grade']
/** From the best proven to the least, as the bars are stacked from below. */
export const GRADES: readonly Grade[] = ['repaid', 'settled', 'corroborated', 'signed', 'claimed']

export type PeriodRow = {
  at: string
  sales: number
  totalMinor: bigint
  byGrade: Record<Grade, bigint>
}

/** Currencies that anything was taken in, the one with the most sales first. */
export function currenciesIn({ periods }: TakingsByPeriod): string[] {
  const sales = new Map<string, number>()
  for (const { amount, sales: count } of periods.flatMap(period => period.grades)) {
    sales.set(amount.currency, (sales.get(amount.currency) ?? 0) + count)
  }
  return [...sales].toSorted(([, a], [, b]) => b - a).map(([currency]) => currency)
}

/** Oldest first. */
export function rowsOf(takings: TakingsByPeriod, currency: string): PeriodRow[] {
  const told = new Map(takings.periods.map(({ at, grades }) => [Date.parse(at), grades]))
  return bucketsOf(takings.from, takings.to, takings.step).map(at => {
    const grades = told.get(at.getTime())?.filter(each => each.amount.currency === currency) ?? []
    return rowOf(at.toISOString(), grades)
  })
}

export function sumOf(rows: readonly PeriodRow[]): PeriodRow {
  const byGrade = noTakings()
  for (const row of rows) for (const grade of GRADES) byGrade[grade] += row.byGrade[grade]
  const sales = rows.reduce((sum, row) => sum + row.sales, 0)
  return { at: '', sales, totalMinor: totalOf(byGrade), byGrade }
}

/** What the payment company's word or a repayment stands for. */
export const provenMinor = ({ byGrade }: PeriodRow): bigint => byGrade.settled + byGrade.repaid

function rowOf(at: string, grades: TakingsByPeriod['periods'][number]['grades']): PeriodRow {
  const byGrade = noTakings()
  for (const { grade, amount } of grades) byGrade[grade] += BigInt(amount.amountMinor)
  const sales = grades.reduce((sum, each) => sum + each.sales, 0)
  return { at, sales, totalMinor: totalOf(byGrade), byGrade }
}

const noTakings = (): Record<Grade, bigint> => ({
  repaid: 0n,
  settled: 0n,
  corroborated: 0n,
  signed: 0n,
  claimed: 0n,
})

const totalOf = (byGrade: Record<Grade, bigint>): bigint =>
  GRADES.reduce((sum, grade) => sum + byGrade[grade], 0n)
