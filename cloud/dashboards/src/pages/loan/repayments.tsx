/**
 * The cleared sales of the pledged machines: each repaid its share of the loan. A machine's newest
 * sales stand here; the sales page has them all.
 */
import type { Loan } from '@tillproof/shared/api/lending.ts'
import type { Sale } from '@tillproof/shared/api/money.ts'
import { useTranslation } from 'react-i18next'
import type { Answer } from '../../api/client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useReloadOn } from '../../app/live.tsx'
import { List } from '../../parts/list.tsx'
import { Card } from '../../parts/page.tsx'
import { useSaleColumns } from '../../parts/sale-columns.tsx'
import { LoadedView } from '../../parts/states.tsx'

const MACHINES_ASKED = 10
const SALES_PER_MACHINE = 20

export function Repayments({ loan }: { loan: Loan }) {
  const { t } = useTranslation()
  const columns = useSaleColumns()
  const devices = loan.pledges.map(pledge => pledge.deviceId).slice(0, MACHINES_ASKED)
  const { loaded, reload } = useAnswer(devices.join(), signal => clearedSales(devices, signal))
  useReloadOn(['sale'], reload)
  return (
    <Card flush title={t('loan.repayments')}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {sales => (
          <List
            label={t('loan.repayments')}
            rows={sales}
            rowKey={sale => sale.id}
            columns={columns}
            empty={{ title: t('loan.noRepayments'), next: t('loan.noRepaymentsNext') }}
          />
        )}
      </LoadedView>
    </Card>
  )
}

async function clearedSales(
  devices: readonly string[],
  signal: AbortSignal,
): Promise<Answer<Sale[]>> {
  const ask = (deviceId: string) => api.sales({ deviceId, limit: SALES_PER_MACHINE }, signal)
  const answers = await Promise.all(devices.map(ask))
  const sales: Sale[] = []
  for (const answer of answers) {
    if (!answer.ok) return answer
    sales.push(...answer.value.items.filter(sale => sale.state === 'cleared'))
  }
  return { ok: true, value: sales.sort((a, b) => b.at.localeCompare(a.at)) }
}
