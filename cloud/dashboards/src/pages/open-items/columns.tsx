/** Columns of open items: what happened in words first. */
import type { OpenItem } from '@tillproof/shared/api/open-items.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useWord } from '../../app/i18n/i18n.ts'
import { useMachineName } from '../../parts/machines.ts'
import { MoneyText } from '../../parts/text.tsx'
import { ItemState } from './item-state.tsx'

export function useItemColumns(): TableColumnsType<OpenItem> {
  const { t } = useTranslation()
  const word = useWord()
  const machineName = useMachineName()
  return [
    {
      title: t('openItems.what'),
      render: (_, { id, reason, deviceId }) => (
        <div className="two-lines">
          <Link to={`/open-items/${id}`}>{word('itemReason', reason)}</Link>
          <span className="muted small">{word('itemWhat', reason, '')}</span>
          {deviceId ? <span className="muted small">{machineName(deviceId)}</span> : null}
        </div>
      ),
    },
    {
      title: t('openItems.amount'),
      align: 'end',
      render: (_, { amount }) => (amount ? <MoneyText money={amount} /> : null),
    },
    { title: t('openItems.age'), render: (_, item) => <ItemState item={item} /> },
  ]
}
