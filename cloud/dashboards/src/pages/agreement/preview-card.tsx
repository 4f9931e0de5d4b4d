/** What the terms would have paid each party for the sales of the last days. */
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { AgreementPreview } from '@tillproof/shared/api/agreements.ts'
import { Segmented } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card } from '../../parts/page.tsx'
import { EmptyView, LoadedView } from '../../parts/states.tsx'
import { MoneyText } from '../../parts/text.tsx'

const DAY_MS = 86_400_000
const spans = [1, 31, 366] as const

export function PreviewCard({ terms }: { terms: AgreementTerms }) {
  const { t } = useTranslation()
  const [days, setDays] = useState<(typeof spans)[number]>(31)
  const { loaded, reload } = useAnswer(`preview ${days}`, signal => {
    const now = Date.now()
    const [from, until] = [now - days * DAY_MS, now].map(at => new Date(at).toISOString())
    return api.previewAgreement({ terms, from: from ?? '', until: until ?? '' }, signal)
  })
  return (
    <Card
      title={t('agreements.preview')}
      extra={
        <Segmented
          aria-label={t('agreements.preview')}
          value={days}
          options={spans.map(value => ({ value, label: t('agreements.days', { count: value }) }))}
          onChange={setDays}
        />
      }
    >
      <p className="plain muted">{t('agreements.previewWhy')}</p>
      <LoadedView loaded={loaded} onRetry={reload}>
        {preview => <Previewed preview={preview} currency={terms.currency} />}
      </LoadedView>
    </Card>
  )
}

type PreviewedProps = { preview: AgreementPreview; currency: string }

function Previewed({ preview, currency }: PreviewedProps) {
  const { t } = useTranslation()
  const { sales, grossMinor, refused, isCut } = preview
  const untold = refused.map(each => (
    <li key={each.reason}>{t('agreements.refused', { count: each.sales, reason: each.reason })}</li>
  ))
  if (sales === 0 && refused.length === 0) {
    return <EmptyView title={t('agreements.noSales')} next={t('agreements.noSalesNext')} />
  }
  return (
    <>
      <p>
        {t('agreements.previewSales', { count: sales })}{' '}
        <MoneyText money={{ amountMinor: grossMinor, currency }} />
        {isCut ? ` ${t('agreements.cut')}` : null}
      </p>
      {untold.length === 0 ? null : <ul>{untold}</ul>}
      <div className="scroll">
        <Asked preview={preview} currency={currency} />
      </div>
      <div className="scroll">
        <WhoGot preview={preview} currency={currency} />
      </div>
    </>
  )
}

function Asked({ preview, currency }: PreviewedProps) {
  const { t } = useTranslation()
  const sum = (amountMinor: string) => <MoneyText money={{ amountMinor, currency }} />
  return (
    <table className="legs">
      <thead>
        <tr>
          <th scope="col">{t('agreements.terms')}</th>
          <th scope="col">{t('agreements.asked')}</th>
          <th scope="col">{t('agreements.paid')}</th>
          <th scope="col">{t('agreements.short')}</th>
        </tr>
      </thead>
      <tbody>
        {preview.terms.map(({ term, account, ...amounts }) => (
          <tr key={`${term ?? ''} ${account}`}>
            <th scope="row">{term ?? t('agreements.rest')}</th>
            <td>{sum(amounts.requestedMinor)}</td>
            <td>{sum(amounts.paidMinor)}</td>
            <td>{sum(amounts.shortfallMinor)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function WhoGot({ preview, currency }: PreviewedProps) {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  return (
    <table className="legs spaced-top">
      <thead>
        <tr>
          <th scope="col">{t('agreements.whoGot')}</th>
          <th scope="col">{t('agreements.amount')}</th>
        </tr>
      </thead>
      <tbody>
        {preview.accounts
          .filter(each => each.amountMinor !== '0')
          .map(({ account, amountMinor }) => (
            <tr key={account}>
              <th scope="row">
                <AccountName path={account} nameOf={nameOf} />
              </th>
              <td>
                <MoneyText money={{ amountMinor, currency }} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  )
}
