/** How long an item has been open, ever louder, or that it is closed. */
import { CheckCircleOutlined, ClockCircleOutlined, WarningOutlined } from '@ant-design/icons'
import type { OpenItem } from '@tillproof/shared/api/open-items.ts'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { daysText } from '../../parts/format.ts'
import { Mark } from '../../parts/marks.tsx'

export function ItemState({ item }: { item: OpenItem }) {
  const { t } = useTranslation()
  const days = daysText(item.ageDays, useLanguage())
  if (item.closedAt !== null) {
    return (
      <Mark tone="quiet" icon={<CheckCircleOutlined />}>
        {t('openItems.closed')}
      </Mark>
    )
  }
  const isOld = item.ageBucket === '31-90' || item.ageBucket === '91+'
  const isYoung = item.ageBucket === '0-1'
  return (
    <Mark
      tone={isOld ? 'bad' : isYoung ? 'quiet' : 'attention'}
      icon={isOld ? <WarningOutlined /> : <ClockCircleOutlined />}
    >
      {days}
    </Mark>
  )
}
