/**
 * Bars stacked by evidence grade, drawn with boxes: they fit any width without a chart library. The
 * table beside them has the same figures; a screen reader is told of the whole picture and read the
 * table.
 */
import { useTranslation } from 'react-i18next'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import type { Step } from '../../parts/buckets.ts'
import { moneyText } from '../../parts/format.ts'
import { GRADES, type PeriodRow } from './by-period.ts'
import { usePeriodName } from './period-name.ts'

type BarsProps = { rows: readonly PeriodRow[]; currency: string; step: Step }

export function Bars({ rows, currency, step }: BarsProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const nameOf = usePeriodName(step)
  const most = rows.reduce((max, { totalMinor }) => (totalMinor > max ? totalMinor : max), 0n)
  const every = Math.ceil(rows.length / MOST_NAMES)
  const text = (minor: bigint) => moneyText({ amountMinor: String(minor), currency }, language)
  return (
    <div className="bars">
      <div className="bars-scale" aria-hidden="true">
        <span>{text(most)}</span>
        <span>{text(0n)}</span>
      </div>
      <div className="bars-plot" role="img" aria-label={t('takings.picture', { most: text(most) })}>
        {rows.map((row, at) => (
          <div key={row.at} className="bar" title={`${nameOf(row.at)} · ${text(row.totalMinor)}`}>
            <div className="bar-stack">
              <Stack row={row} most={most} />
            </div>
            <span className="bar-name">
              {at % every === 0 ? <span>{nameOf(row.at)}</span> : null}
            </span>
          </div>
        ))}
      </div>
    </div>
  )
}

/** More names than these meet each other on a telephone. */
const MOST_NAMES = 6

function Stack({ row, most }: { row: PeriodRow; most: bigint }) {
  return GRADES.filter(grade => row.byGrade[grade] > 0n).map(grade => (
    <div
      key={grade}
      className={`bar-part grade-${grade}`}
      style={{ height: `${percentOf(row.byGrade[grade], most)}%` }}
    />
  ))
}

/** For a height on a screen a float is exact enough; amounts stay bigint. */
const percentOf = (part: bigint, most: bigint): number => Number((part * 10_000n) / most) / 100

export function GradeLegend() {
  const word = useWord()
  return (
    <ul className="legend">
      {GRADES.map(grade => (
        <li key={grade} title={word('gradeMeaning', grade)}>
          <span className={`swatch grade-${grade}`} aria-hidden="true" />
          {word('grade', grade)}
        </li>
      ))}
    </ul>
  )
}
