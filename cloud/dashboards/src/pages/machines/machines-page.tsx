/** All machines that the reader may see; operators add theirs here. */
import { PlusOutlined } from '@ant-design/icons'
import type { Device } from '@tillproof/shared/api/machines.ts'
import { Button, Input, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useReloadOn } from '../../app/live.tsx'
import { useSession } from '../../app/session.tsx'
import { List } from '../../parts/list.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { matches, useFilter } from '../../parts/use-filter.ts'
import { AddMachine } from './add-machine.tsx'
import { useDeviceColumns } from './columns.tsx'

export function MachinesPage() {
  const { t } = useTranslation()
  const { organisation, user } = useSession()
  const mayAdd = organisation.kind === 'operator' && user.role !== 'viewer'
  const [adding, setAdding] = useState(false)
  const { loaded, reload, more } = usePages('machines', api.devices)
  useReloadOn(['batch', 'incident'], reload)
  return (
    <Page
      title={t('machines.title')}
      about={t('machines.about')}
      actions={
        mayAdd ? (
          <Button
            type="primary"
            icon={<PlusOutlined aria-hidden />}
            onClick={() => setAdding(true)}
          >
            {t('machines.add')}
          </Button>
        ) : null
      }
    >
      <Card flush title={t('machines.title')} extra={<Filters />}>
        <LoadedView loaded={loaded} onRetry={reload}>
          {({ items }) => <Machines machines={items} mayAdd={mayAdd} onMore={more} />}
        </LoadedView>
      </Card>
      {adding ? <AddMachine onClose={() => setAdding(false)} onArrived={reload} /> : null}
    </Page>
  )
}

type MachinesProps = { machines: readonly Device[]; mayAdd: boolean; onMore: (() => void) | null }

function Machines({ machines, mayAdd, onMore }: MachinesProps) {
  const { t } = useTranslation()
  const { get } = useFilter()
  const columns = useDeviceColumns()
  const rows = machines.filter(
    device =>
      matches(get('q'), device.label, device.site, device.id) &&
      (get('state') === '' || device.liveness === get('state')),
  )
  const empty =
    machines.length > 0
      ? { title: t('portfolio.noMatch'), next: t('portfolio.noMatchNext') }
      : {
          title: t('machines.none'),
          next: t(mayAdd ? 'machines.noneNext' : 'machines.noneNextViewer'),
        }
  return (
    <List
      label={t('machines.title')}
      rows={rows}
      rowKey={device => device.id}
      columns={columns}
      empty={empty}
      onMore={onMore}
    />
  )
}

const states = ['live', 'delayed', 'stale', 'never'] as const

function Filters() {
  const { t } = useTranslation()
  const word = useWord()
  const filter = useFilter()
  return (
    <div className="filters">
      <Select
        className="state-filter"
        aria-label={t('machines.liveness')}
        value={filter.get('state')}
        onChange={value => filter.set('state', value)}
        options={[
          { value: '', label: t('state.all') },
          ...states.map(value => ({ value: String(value), label: word('liveness', value) })),
        ]}
      />
      <Input.Search
        className="search"
        allowClear
        aria-label={t('state.search')}
        placeholder={t('portfolio.searchMachines')}
        value={filter.get('q')}
        onChange={event => filter.set('q', event.target.value)}
      />
    </div>
  )
}
