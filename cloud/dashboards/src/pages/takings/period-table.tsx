/** The figures behind the bars: a row for each period with sales, newest first, and their sums. */
import { useTranslation } from 'react-i18next'
import { useWord } from '../../app/i18n/i18n.ts'
import type { Step } from '../../parts/buckets.ts'
import { CountText, MoneyText } from '../../parts/text.tsx'
import { GRADES, type PeriodRow, sumOf } from './by-period.ts'
import { usePeriodName } from './period-name.ts'

type PeriodTableProps = { rows: readonly PeriodRow[]; currency: string; step: Step }

export function PeriodTable({ rows, currency, step }: PeriodTableProps) {
  const { t } = useTranslation()
  const word = useWord()
  const nameOf = usePeriodName(step)
  const sum = sumOf(rows)
  const grades = GRADES.filter(grade => sum.byGrade[grade] > 0n)
  const cells = (row: PeriodRow) => (
    <>
      <td>
        <CountText value={row.sales} />
      </td>
      {grades.map(grade => (
        <td key={grade}>
          <MoneyText money={{ amountMinor: String(row.byGrade[grade]), currency }} />
        </td>
      ))}
      <td>
        <MoneyText money={{ amountMinor: String(row.totalMinor), currency }} />
      </td>
    </>
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box needs the keyboard too.
    <section className="scroll tall" tabIndex={0} aria-label={t('takings.byPeriod')}>
      <table className="legs">
        <thead>
          <tr>
            <th scope="col">{t(`takings.${step}`)}</th>
            <th scope="col">{t('takings.sales')}</th>
            {grades.map(grade => (
              <th key={grade} scope="col">
                {word('grade', grade)}
              </th>
            ))}
            <th scope="col">{t('takings.total')}</th>
          </tr>
        </thead>
        <tbody>
          {rows
            .filter(row => row.sales > 0)
            .toReversed()
            .map(row => (
              <tr key={row.at}>
                <th scope="row">{nameOf(row.at)}</th>
                {cells(row)}
              </tr>
            ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('takings.total')}</th>
            {cells(sum)}
          </tr>
        </tfoot>
      </table>
    </section>
  )
}
