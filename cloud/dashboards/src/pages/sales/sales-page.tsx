/** All sales that the reader may see, newest first, of all machines or of one. */
import { useTranslation } from 'react-i18next'
import { usePages } from '../../api/use-pages.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { List } from '../../parts/list.tsx'
import { MachineFilter } from '../../parts/machine-filter.tsx'
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
