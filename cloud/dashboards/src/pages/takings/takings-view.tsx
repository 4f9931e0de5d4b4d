/** Takings of one machine or of all in the chosen days: figures, bars with their table, shares. */
import type { TakingsByPeriod } from '@tillproof/shared/api/takings-by-period.ts'
import { Segmented } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { steps } from '../../parts/buckets.ts'
import { instantsOf } from '../../parts/days.ts'
import { useDays } from '../../parts/days-choice.tsx'
import { Figure } from '../../parts/figure.tsx'
import { basisPointsText, countText, moneyText } from '../../parts/format.ts'
import { Card } from '../../parts/page.tsx'
import { EmptyView, LoadedView } from '../../parts/states.tsx'
import { choiceOf, useFilter } from '../../parts/use-filter.ts'
import { Bars, GradeLegend } from './bars.tsx'
import { currenciesIn, type PeriodRow, provenMinor, rowsOf, sumOf } from './by-period.ts'
import { DeviceShares } from './device-shares.tsx'
import { PeriodTable } from './period-table.tsx'
import { Shares } from './shares.tsx'

/** @param deviceId empty for all machines that the reader may see */
export function TakingsView({ deviceId }: { deviceId: string }) {
  const period = instantsOf(useDays())
  const step = choiceOf(useFilter().get('step'), steps)
  const key = `takings ${deviceId} ${period.from} ${period.to} ${step}`
  const { loaded, reload } = useAnswer(key, async signal => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    const answer = await api.takings({ ...period, step, zone, deviceId }, signal)
    const asOf = new Date().toISOString()
    return answer.ok ? { ok: true, value: { takings: answer.value, asOf } } : answer
  })
  useReloadOn(['sale'], reload, deviceId || undefined)
  return (
    <LoadedView loaded={loaded} onRetry={reload}>
      {({ takings, asOf }) => <Taken takings={takings} asOf={asOf} />}
    </LoadedView>
  )
}

function Taken({ takings, asOf }: { takings: TakingsByPeriod; asOf: string }) {
  const currencies = currenciesIn(takings)
  const chosen = useFilter().get('currency')
  const currency =
    currencies.find(each => each === chosen) ?? currencies[0] ?? takings.shares[0]?.currency
  const rows = currency === undefined ? [] : rowsOf(takings, currency)
  return (
    <>
      {currency === undefined ? null : <Sums sum={sumOf(rows)} currency={currency} asOf={asOf} />}
      <PeriodCard rows={rows} step={takings.step} currency={currency} currencies={currencies} />
      {currency === undefined ? null : takings.deviceId === null ? (
        <Shares shares={takings.shares} currency={currency} />
      ) : (
        <DeviceShares takings={takings} deviceId={takings.deviceId} currency={currency} />
      )}
    </>
  )
}

type PeriodCardProps = {
  rows: readonly PeriodRow[]
  step: TakingsByPeriod['step']
  currency: string | undefined
  currencies: readonly string[]
}

function PeriodCard({ rows, step, currency, currencies }: PeriodCardProps) {
  const { t } = useTranslation()
  const filter = useFilter()
  const hasSales = currency !== undefined && rows.some(row => row.sales > 0)
  return (
    <Card
      title={t('takings.byPeriod')}
      extra={
        <>
          {currencies.length > 1 ? (
            <Segmented
              aria-label={t('ledger.currency')}
              value={currency ?? ''}
              options={[...currencies]}
              onChange={value => filter.set('currency', value)}
            />
          ) : null}
          <Segmented
            aria-label={t('takings.step')}
            value={step}
            options={steps.map(value => ({ value, label: t(`takings.${value}`) }))}
            onChange={value => filter.set('step', value)}
          />
        </>
      }
    >
      {hasSales ? (
        <>
          <GradeLegend />
          <div className="picture">
            <Bars rows={rows} currency={currency} step={step} />
            <PeriodTable rows={rows} currency={currency} step={step} />
          </div>
        </>
      ) : (
        <EmptyView title={t('takings.none')} next={t('takings.noneNext')} />
      )}
    </Card>
  )
}

function Sums({ sum, currency, asOf }: { sum: PeriodRow; currency: string; asOf: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const text = (minor: bigint) => moneyText({ amountMinor: String(minor), currency }, language)
  const proven = provenMinor(sum)
  const part = sum.totalMinor === 0n ? 0 : Number((proven * 10_000n) / sum.totalMinor)
  const values = {
    total: text(sum.totalMinor),
    proven: (
      <>
        {text(proven)} <small className="muted">{basisPointsText(part, language)}</small>
      </>
    ),
    sales: countText(sum.sales, language),
  }
  return (
    <div className="figures">
      {(['total', 'proven', 'sales'] as const).map(name => (
        <Figure
          key={name}
          name={t(`takings.${name}`)}
          value={values[name]}
          definition={t(`takings.${name}Why`)}
          asOf={asOf}
        />
      ))}
    </div>
  )
}
