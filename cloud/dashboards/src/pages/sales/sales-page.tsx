/** All sales that the reader may see, newest first, of all machines or of one. */
import { Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { List } from '../../parts/list.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { useSaleColumns } from '../../parts/sale-columns.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { useFilter } from '../../parts/use-filter.ts'

export function SalesPage() {
  const { t } = useTranslation()
  const machine = useFilter().get('machine')
  const columns = useSaleColumns()
  const { loaded, reload, more } = usePages(`sales ${machine}`, (page, signal) =>
    api.sales({ ...page, deviceId: machine }, signal),
  )
  useReloadOn(['sale'], reload, machine || undefined)
  return (
    <Page title={t('sales.title')} about={t('sales.about')}>
      <Card flush title={t('sales.title')} extra={<MachineFilter />}>
        <LoadedView loaded={loaded} onRetry={reload}>
          {({ items }) => (
            <List
              label={t('sales.title')}
              rows={items}
              rowKey={sale => sale.id}
              columns={columns}
              empty={{ title: t('sales.none'), next: t('sales.noneNext') }}
              onMore={more}
            />
          )}
        </LoadedView>
      </Card>
    </Page>
  )
}

const MACHINES_IN_FILTER = 200

function MachineFilter() {
  const { t } = useTranslation()
  const filter = useFilter()
  const { loaded } = useAnswer('machines for the filter', signal =>
    api.devices({ limit: MACHINES_IN_FILTER }, signal),
  )
  const machines = loaded.state === 'ready' ? loaded.value.items : []
  return (
    <Select
      className="machine-filter"
      aria-label={t('sales.ofMachine')}
      showSearch={{ optionFilterProp: 'label' }}
      value={filter.get('machine')}
      onChange={value => filter.set('machine', value)}
      options={[
        { value: '', label: t('sales.allMachines') },
        ...machines.map(({ id, label }) => ({ value: String(id), label })),
      ]}
    />
  )
}
