/**
 * Recounts the ledger: debits against credits for each currency, and every rule that fails. The
 * whole book is read for it, so it is done when the reader asks, not at every sale.
 */
import { ReloadOutlined } from '@ant-design/icons'
import { Alert, Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { AsOf, Why } from '../../parts/figure.tsx'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { MoneyText } from '../../parts/text.tsx'

export function TrialBalance() {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('trial balance', api.ledgerCheck)
  return (
    <Card
      title={t('ledger.trial')}
      extra={
        loaded.state === 'ready' ? (
          <>
            <AsOf at={loaded.value.asOf} />
            <Why
              name={t('ledger.trial')}
              definition={t('ledger.trialWhy')}
              asOf={loaded.value.asOf}
            />
            <Button icon={<ReloadOutlined aria-hidden />} onClick={reload}>
              {t('ledger.recount')}
            </Button>
          </>
        ) : null
      }
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {check => (
          <>
            <Alert
              type={check.balanced ? 'success' : 'error'}
              showIcon
              role="status"
              title={t(check.balanced ? 'ledger.balanced' : 'ledger.unbalanced')}
            />
            <Totals totals={check.totals} />
            {check.faults.length === 0 ? null : (
              <>
                <h3>{t('ledger.fault')}</h3>
                <ul>
                  {check.faults.map(({ code, detail }) => (
                    <li key={`${code} ${detail}`}>
                      <code>{code}</code> {detail}
                    </li>
                  ))}
                </ul>
              </>
            )}
          </>
        )}
      </LoadedView>
    </Card>
  )
}

type Total = { currency: string; debits: string; credits: string }

function Totals({ totals }: { totals: readonly Total[] }) {
  const { t } = useTranslation()
  if (totals.length === 0) return null
  return (
    <table className="legs spaced-top">
      <thead>
        <tr>
          <th scope="col">{t('ledger.currency')}</th>
          <th scope="col">{t('ledger.debits')}</th>
          <th scope="col">{t('ledger.credits')}</th>
        </tr>
      </thead>
      <tbody>
        {totals.map(({ currency, debits, credits }) => (
          <tr key={currency}>
            <th scope="row">{currency}</th>
            <td>
              <MoneyText money={{ amountMinor: debits, currency }} />
            </td>
            <td>
              <MoneyText money={{ amountMinor: credits, currency }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
