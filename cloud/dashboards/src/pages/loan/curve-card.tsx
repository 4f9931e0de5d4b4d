/** Repaid against plan, as a chart or as a table with the same values. */
import type { Loan } from '@tillproof/shared/api/lending.ts'
import { Segmented, type TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { List } from '../../parts/list.tsx'
import { Card } from '../../parts/page.tsx'
import { EmptyView } from '../../parts/states.tsx'
import { MoneyText, TimeText } from '../../parts/text.tsx'
import { choiceOf, useFilter } from '../../parts/use-filter.ts'
import { type CurveRow, curveRows } from './curve.ts'
import { CurveChart } from './curve-chart.tsx'

const views = ['chart', 'table'] as const

export function CurveCard({ loan }: { loan: Loan }) {
  const { t } = useTranslation()
  const filter = useFilter()
  const view = choiceOf(filter.get('view'), views)
  return (
    <Card
      title={t('loan.curve')}
      flush={view === 'table'}
      extra={
        <Segmented
          aria-label={t('loan.view')}
          value={view}
          options={views.map(value => ({ value, label: t(`loan.${value}`) }))}
          onChange={value => filter.set('view', value)}
        />
      }
    >
      {loan.curve.length === 0 ? (
        <EmptyView title={t('loan.noCurve')} next={t('loan.noCurveNext')} />
      ) : view === 'chart' ? (
        <CurveChart loan={loan} />
      ) : (
        <CurveTable loan={loan} />
      )}
    </Card>
  )
}

function CurveTable({ loan }: { loan: Loan }) {
  const { t } = useTranslation()
  const { currency } = loan
  const money = (amountMinor: string | null) =>
    amountMinor === null ? (
      <span className="muted">{t('loan.future')}</span>
    ) : (
      <MoneyText money={{ amountMinor, currency }} />
    )
  const columns: TableColumnsType<CurveRow> = [
    { title: t('loan.date'), render: (_, row) => <TimeText at={row.at} /> },
    { title: t('loan.plannedSum'), align: 'end', render: (_, row) => money(row.plannedMinor) },
    { title: t('loan.actualSum'), align: 'end', render: (_, row) => money(row.actualMinor) },
    { title: t('loan.actualStep'), align: 'end', render: (_, row) => money(row.stepMinor) },
    { title: t('loan.difference'), align: 'end', render: (_, row) => money(row.differenceMinor) },
  ]
  return (
    <List
      label={t('loan.curve')}
      rows={curveRows(loan.curve)}
      rowKey={row => row.at}
      columns={columns}
      empty={{ title: t('loan.noCurve'), next: t('loan.noCurveNext') }}
    />
  )
}
