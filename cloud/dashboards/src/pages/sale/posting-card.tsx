/** The double-entry posting of a sale, with totals that the reader can add up. */
import { CheckCircleOutlined, WarningOutlined } from '@ant-design/icons'
import type { Posting } from '@tillproof/shared/api/money.ts'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { moneyText } from '../../parts/format.ts'
import { Mark } from '../../parts/marks.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, Facts } from '../../parts/page.tsx'
import { EmptyView } from '../../parts/states.tsx'
import { CopyableId, MoneyText, TimeText } from '../../parts/text.tsx'
import { type Totals, totalsOf } from './postings.ts'

export function PostingCard({ posting }: { posting: Posting | null }) {
  const { t } = useTranslation()
  return (
    <Card title={t('sale.posting')}>
      {posting ? (
        <>
          <Legs legs={posting.legs} />
          <PostingFacts posting={posting} />
        </>
      ) : (
        <EmptyView title={t('sale.notPosted')} next={t('sale.notPostedNext')} />
      )}
    </Card>
  )
}

function Legs({ legs }: { legs: Posting['legs'] }) {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box needs the keyboard too.
    <section className="scroll" tabIndex={0} aria-label={t('sale.posting')}>
      <table className="legs">
        <thead>
          <tr>
            <th scope="col">{t('sale.account')}</th>
            <th scope="col">{t('sale.debit')}</th>
            <th scope="col">{t('sale.credit')}</th>
          </tr>
        </thead>
        <tbody>
          {legs.map(({ account, side, amount }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an account may have two legs alike.
            <tr key={`${at} ${account}`}>
              <th scope="row">
                <AccountName path={account} nameOf={nameOf} />
              </th>
              <td>{side === 'debit' ? <MoneyText money={amount} /> : null}</td>
              <td>{side === 'credit' ? <MoneyText money={amount} /> : null}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          {totalsOf(legs).map(totals => (
            <TotalRow key={totals.currency} totals={totals} />
          ))}
        </tfoot>
      </table>
    </section>
  )
}

function TotalRow({ totals }: { totals: Totals }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { currency, debit, credit, balanced } = totals
  const sum = (amount: bigint) => moneyText({ amountMinor: String(amount), currency }, language)
  return (
    <tr>
      <th scope="row">
        {t('sale.total')}{' '}
        <Mark
          tone={balanced ? 'good' : 'bad'}
          icon={balanced ? <CheckCircleOutlined /> : <WarningOutlined />}
        >
          {t(balanced ? 'sale.balanced' : 'sale.unbalanced')}
        </Mark>
      </th>
      <td className="number">{sum(debit)}</td>
      <td className="number">{sum(credit)}</td>
    </tr>
  )
}

function PostingFacts({ posting }: { posting: Posting }) {
  const { t } = useTranslation()
  return (
    <Facts
      facts={[
        { label: t('sale.bookedAt'), value: <TimeText at={posting.bookedAt} /> },
        { label: t('sale.agreement'), value: <Agreement posting={posting} /> },
        {
          label: t('sale.journal'),
          value: <CopyableId short value={posting.journalId} what={t('sale.journal')} />,
        },
        { label: t('sale.batch'), value: posting.batchSeq },
      ]}
    />
  )
}

function Agreement({ posting }: { posting: Posting }) {
  const { t } = useTranslation()
  const { agreementId, agreementVersion } = posting
  if (agreementId === null) return <span className="muted">{t('sale.suspense')}</span>
  return (
    <>
      <CopyableId short value={agreementId} what={t('sale.agreement')} />{' '}
      {t('sale.version', { version: agreementVersion })}
    </>
  )
}
