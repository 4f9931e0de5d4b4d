/** How a refund stands. */
import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  CloseCircleOutlined,
  WarningOutlined,
} from '@ant-design/icons'
import type { Refund } from '@tillproof/shared/api/refunds.ts'
import { Tooltip } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Mark, type Tone } from '../../parts/marks.tsx'

const looks = {
  requested: ['quiet', <ClockCircleOutlined key="requested" />],
  submitted: ['quiet', <ClockCircleOutlined key="submitted" />],
  unknown: ['attention', <WarningOutlined key="unknown" />],
  succeeded: ['good', <CheckCircleOutlined key="succeeded" />],
  refused: ['bad', <CloseCircleOutlined key="refused" />],
  abnormal: ['bad', <WarningOutlined key="abnormal" />],
} as const satisfies Record<Refund['state'], readonly [Tone, ReactNode]>

export function RefundMark({ state }: { state: Refund['state'] }) {
  const { t } = useTranslation()
  const [tone, icon] = looks[state]
  return (
    <Tooltip title={t(`refundMeaning.${state}`)}>
      <span>
        <Mark tone={tone} icon={icon}>
          {t(`refundState.${state}`)}
        </Mark>
      </span>
    </Tooltip>
  )
}
