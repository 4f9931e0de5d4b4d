/** Columns of any list of sales. */
import type { Sale } from '@tillproof/shared/api/money.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useItemName } from './item-name.ts'
import { Grade, SaleState } from './marks.tsx'
import { MoneyText, TimeText } from './text.tsx'

/** `machine: false` leaves out the machine, for the page of one machine. */
export function useSaleColumns(show: { machine: boolean } = { machine: true }) {
  const { t } = useTranslation()
  const itemName = useItemName()
  const machine: TableColumnsType<Sale> = [
    {
      title: t('sales.machine'),
      render: (_, sale) => <Link to={`/machines/${sale.deviceId}`}>{sale.deviceLabel}</Link>,
    },
  ]
  const columns: TableColumnsType<Sale> = [
    {
      title: t('sales.sale'),
      render: (_, sale) => (
        <div className="two-lines">
          <Link to={`/sales/${sale.id}`}>{itemName(sale.item)}</Link>
          <code>{sale.id}</code>
        </div>
      ),
    },
    { title: t('sales.time'), render: (_, sale) => <TimeText at={sale.at} /> },
    ...(show.machine ? machine : []),
    {
      title: t('sales.amount'),
      align: 'end',
      render: (_, sale) => <MoneyText money={sale.amount} />,
    },
    { title: t('sales.state'), render: (_, sale) => <SaleState value={sale.state} /> },
    { title: t('sales.grade'), render: (_, sale) => <Grade value={sale.grade} /> },
  ]
  return columns
}
