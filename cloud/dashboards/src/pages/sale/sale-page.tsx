/** One sale: what the machine recorded, how it was divided, and how well it is proven. */
import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import { Timeline } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { moneyText } from '../../parts/format.ts'
import { useItemName } from '../../parts/item-name.ts'
import { Grade, SaleState } from '../../parts/marks.tsx'
import { Card, type Fact, Facts, Page } from '../../parts/page.tsx'
import { EmptyView, LoadedView } from '../../parts/states.tsx'
import { CopyableId, MoneyText, TimeText } from '../../parts/text.tsx'
import { Evidence } from './evidence.tsx'
import { PostingCard } from './posting-card.tsx'
import { RefundCard } from './refund-card.tsx'
import { VerifyCard } from './verify-card.tsx'

export function SalePage() {
  const { t } = useTranslation()
  const language = useLanguage()
  const itemName = useItemName()
  const { id = '' } = useParams()
  const { loaded, reload } = useAnswer(id, signal => api.sale(id, signal))
  useReloadOn(['sale', 'checkpoint'], reload)
  const sale = loaded.state === 'ready' ? loaded.value : null
  const title = sale
    ? `${itemName(sale.item)} · ${moneyText(sale.amount, language)}`
    : t('sale.title')
  return (
    <Page
      title={title}
      up={{ to: '/sales', label: t('nav.sales') }}
      actions={
        sale ? (
          <>
            <SaleState value={sale.state} />
            <Grade value={sale.grade} />
          </>
        ) : null
      }
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {detail => (
          <>
            <div className="columns">
              <SaleFacts sale={detail} />
              <Evidence evidence={detail.evidence} />
            </div>
            <VerifyCard key={detail.id} sale={detail} />
            <div className="columns">
              <Recorded events={detail.events} />
              <PostingCard posting={detail.posting} />
            </div>
            <RefundCard sale={detail} onRefunded={reload} />
          </>
        )}
      </LoadedView>
    </Page>
  )
}

function SaleFacts({ sale }: { sale: SaleDetail }) {
  const { t } = useTranslation()
  const none = <span className="muted">{t('state.none')}</span>
  const facts: Fact[] = [
    { label: t('sale.amount'), value: <MoneyText money={sale.amount} /> },
    { label: t('sale.at'), value: <TimeText at={sale.at} /> },
    {
      label: t('sale.machine'),
      value: <Link to={`/machines/${sale.deviceId}`}>{sale.deviceLabel}</Link>,
    },
    { label: t('sale.id'), value: <CopyableId value={sale.id} what={t('sale.id')} /> },
    {
      label: t('sale.order'),
      value: sale.orderId ? <CopyableId value={sale.orderId} what={t('sale.order')} /> : none,
    },
    { label: t('sale.channel'), value: sale.channel ?? none },
  ]
  return (
    <Card title={t('sale.facts')}>
      <Facts facts={facts} />
    </Card>
  )
}

function Recorded({ events }: { events: SaleDetail['events'] }) {
  const { t } = useTranslation()
  const word = useWord()
  return (
    <Card title={t('sale.timeline')}>
      {events.length === 0 ? (
        <EmptyView title={t('sale.noEvents')} next={t('sale.noEventsNext')} />
      ) : (
        <Timeline
          items={events.map(event => ({
            key: `${event.epoch}.${event.index}`,
            content: (
              <>
                <strong>{word('eventKind', event.kind)}</strong>
                <div className="muted small">
                  <TimeText at={event.at} /> ·{' '}
                  {t('sale.eventIndex', { index: event.index, epoch: event.epoch })}
                </div>
              </>
            ),
          }))}
        />
      )}
    </Card>
  )
}
