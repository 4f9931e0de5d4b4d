/** One open item: what happened, what to do next, its history; closed with a note, and back. */
import type { OpenItemDetail } from '@tillproof/shared/api/open-items.ts'
import { Timeline } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useMachineName } from '../../parts/machines.ts'
import { Card, type Fact, Facts, Page } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { CopyableId, MoneyText, TimeText } from '../../parts/text.tsx'
import { ItemState } from '../open-items/item-state.tsx'
import { StepCard } from './step-card.tsx'

export function OpenItemPage() {
  const { t } = useTranslation()
  const word = useWord()
  const { id = '' } = useParams()
  const { loaded, reload } = useAnswer(id, signal => api.openItem(id, signal))
  const item = loaded.state === 'ready' ? loaded.value : null
  return (
    <Page
      title={item ? word('itemReason', item.reason) : t('openItems.one')}
      up={{ to: '/open-items', label: t('openItems.title') }}
      actions={item ? <ItemState item={item} /> : null}
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {detail => (
          <>
            <Words reason={detail.reason} />
            <ItemFacts item={detail} />
            <div className="columns">
              <StepCard item={detail} onDone={reload} />
              <History history={detail.history} />
            </div>
          </>
        )}
      </LoadedView>
    </Page>
  )
}

function Words({ reason }: { reason: string }) {
  const { t } = useTranslation()
  const word = useWord()
  const texts = [
    [t('openItems.what'), word('itemWhat', reason, reason)],
    [t('openItems.next'), word('itemNext', reason, '')],
  ] as const
  return (
    <div className="columns">
      {texts.map(([title, text]) => (
        <Card key={title} title={title}>
          <p className="plain">{text}</p>
        </Card>
      ))}
    </div>
  )
}

function ItemFacts({ item }: { item: OpenItemDetail }) {
  const { t } = useTranslation()
  const machineName = useMachineName()
  const { deviceId, saleId, orderId, amount, openedAt } = item
  const facts: (Fact | null)[] = [
    amount && { label: t('openItems.amount'), value: <MoneyText money={amount} /> },
    { label: t('openItems.openedAt'), value: <TimeText at={openedAt} /> },
    deviceId && {
      label: t('openItems.machine'),
      value: <Link to={`/machines/${deviceId}`}>{machineName(deviceId)}</Link>,
    },
    saleId && {
      label: t('openItems.sale'),
      value: <Link to={`/sales/${saleId}`}>{saleId}</Link>,
    },
    orderId && {
      label: t('openItems.order'),
      value: <CopyableId value={orderId} what={t('openItems.order')} short />,
    },
  ].map(fact => fact || null)
  return (
    <Card title={t('openItems.facts')}>
      <Facts facts={facts.filter(fact => fact !== null)} />
    </Card>
  )
}

function History({ history }: { history: OpenItemDetail['history'] }) {
  const { t } = useTranslation()
  const word = useWord()
  return (
    <Card title={t('openItems.history')}>
      <Timeline
        items={history.map(({ step, at, by, reason, note }) => ({
          key: `${step} ${at}`,
          content: (
            <>
              <strong>{word('itemStep', step)}</strong>{' '}
              {reason && step !== 'opened' ? word('closingReason', reason) : null}
              {note ? <div className="breakable">{note}</div> : null}
              <div className="muted small">
                <TimeText at={at} /> · {by?.name ?? t('openItems.byNobody')}
              </div>
            </>
          ),
        }))}
      />
    </Card>
  )
}
