/** What went back to the customer of this sale, how each stands, and paying back more. */

import type { SaleDetail } from '@tillproof/shared/api/money.ts'
import type { Refund } from '@tillproof/shared/api/refunds.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { useSession } from '../../app/session.tsx'
import { List } from '../../parts/list.tsx'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { MoneyText, TimeText } from '../../parts/text.tsx'
import { RefundForm } from './refund-form.tsx'
import { RefundMark } from './refund-mark.tsx'
import { leftMinor } from './refunds.ts'

type RefundCardProps = { sale: SaleDetail; onRefunded: () => void }

/** Absent where no payment company was paid: cash goes back at the machine. */
export function RefundCard({ sale, onRefunded }: RefundCardProps) {
  const { orderId } = sale
  return orderId && sale.channel ? (
    <Paid sale={sale} orderId={orderId} onRefunded={onRefunded} />
  ) : null
}

function Paid({ sale, orderId, onRefunded }: RefundCardProps & { orderId: string }) {
  const { t } = useTranslation()
  const { organisation, user } = useSession()
  const columns = useColumns()
  const { loaded, reload } = useAnswer(`refunds ${orderId}`, signal =>
    api.refunds({ orderId }, signal),
  )
  useReloadOn(['sale'], reload, sale.deviceId)
  const mayPayBack = organisation.kind === 'operator' && user.role === 'admin'
  const done = () => {
    reload()
    onRefunded()
  }
  return (
    <Card title={t('refund.title')}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items }) => (
          <>
            {items.length === 0 ? (
              <p className="plain muted">{t('refund.none')}</p>
            ) : (
              <List
                label={t('refund.title')}
                rows={items}
                rowKey={refund => refund.id}
                columns={columns}
                wraps
                empty={{ title: t('refund.none'), next: '' }}
              />
            )}
            {mayPayBack && leftMinor(sale.amount, items) > 0n ? (
              <RefundForm
                saleId={sale.id}
                left={{
                  amountMinor: String(leftMinor(sale.amount, items)),
                  currency: sale.amount.currency,
                }}
                onDone={done}
              />
            ) : null}
          </>
        )}
      </LoadedView>
    </Card>
  )
}

function useColumns(): TableColumnsType<Refund> {
  const { t } = useTranslation()
  return [
    {
      title: t('refund.reason'),
      render: (_, { reason, cause, detail }) => (
        <div className="two-lines">
          <span>{reason}</span>
          <span className="muted small">{t(`refundCause.${cause}`)}</span>
          {detail ? <span className="muted small">{detail}</span> : null}
        </div>
      ),
    },
    {
      title: t('refund.amount'),
      align: 'end',
      render: (_, { amount }) => <MoneyText money={amount} />,
    },
    { title: t('refund.state'), render: (_, { state }) => <RefundMark state={state} /> },
    { title: t('refund.at'), render: (_, { requestedAt }) => <TimeText at={requestedAt} /> },
  ]
}
