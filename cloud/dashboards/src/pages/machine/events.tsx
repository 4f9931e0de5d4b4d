/** A machine's events, newest first, growing as it reports; the reader can hold the list still. */
import { CaretRightOutlined, PauseOutlined } from '@ant-design/icons'
import type { DeviceEvent } from '@tillproof/shared/api/machines.ts'
import { Button, type TableColumnsType } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { List } from '../../parts/list.tsx'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { TimeText } from '../../parts/text.tsx'
import { eventDetails } from './event-details.ts'

export function Events({ deviceId, choose }: { deviceId: string; choose: ReactNode }) {
  const { t } = useTranslation()
  const [hold, setHold] = useState<'no' | 'still' | 'behind'>('no')
  const columns = useEventColumns()
  const { loaded, reload, more } = usePages(`events of ${deviceId}`, (page, signal) =>
    api.deviceEvents(deviceId, page, signal),
  )
  useReloadOn(['batch'], () => (hold === 'no' ? reload() : setHold('behind')), deviceId)
  const toggle = () => {
    if (hold === 'behind') reload()
    setHold(hold === 'no' ? 'still' : 'no')
  }
  return (
    <Card
      flush
      title={t('machine.events')}
      extra={
        <div className="filters">
          {hold === 'behind' ? <span role="status">{t('machine.paused')}</span> : null}
          <Button
            icon={
              hold === 'no' ? <PauseOutlined aria-hidden /> : <CaretRightOutlined aria-hidden />
            }
            onClick={toggle}
          >
            {t(hold === 'no' ? 'machine.pause' : 'machine.resume')}
          </Button>
          {choose}
        </div>
      }
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items }) => (
          <List
            label={t('machine.events')}
            rows={items}
            rowKey={event => `${event.epoch}.${event.index}`}
            columns={columns}
            empty={{ title: t('machine.noEvents'), next: t('machine.noEventsNext') }}
            onMore={more}
          />
        )}
      </LoadedView>
    </Card>
  )
}

function useEventColumns(): TableColumnsType<DeviceEvent> {
  const { t } = useTranslation()
  const word = useWord()
  return [
    {
      title: t('machine.index'),
      align: 'end',
      render: (_, event) => <code>{event.index}</code>,
    },
    { title: t('machine.time'), render: (_, event) => <TimeText at={event.at} /> },
    { title: t('machine.event'), render: (_, event) => word('eventKind', event.kind) },
    { title: t('machine.details'), render: (_, event) => <Details event={event} /> },
    {
      title: t('machine.sale'),
      render: (_, event) =>
        event.saleId === null ? (
          <span className="muted">{t('state.none')}</span>
        ) : (
          <Link to={`/sales/${event.saleId}`}>{t('machine.sale')}</Link>
        ),
    },
  ]
}

function Details({ event }: { event: DeviceEvent }) {
  const word = useWord()
  const details = eventDetails(event.open, useLanguage())
  return (
    <span className="details">
      {details.map(({ name, text }) => (
        <span key={name}>
          <span className="muted">{word('field', name)}</span>{' '}
          {name === 'result' ? word('saleResult', text) : text}
        </span>
      ))}
    </span>
  )
}
