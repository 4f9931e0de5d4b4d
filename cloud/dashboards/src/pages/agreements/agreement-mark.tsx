/** Where a version stands, as icon and word. */
import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  HourglassOutlined,
  StopOutlined,
  SwapOutlined,
} from '@ant-design/icons'
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { useTranslation } from 'react-i18next'
import { Mark } from '../../parts/marks.tsx'
import { useNow } from '../../parts/text.tsx'
import { agreementState } from './agreement-state.ts'

const looks = {
  inForce: ['good', <CheckCircleOutlined key="inForce" />],
  before: ['quiet', <SwapOutlined key="before" />],
  later: ['brand', <ClockCircleOutlined key="later" />],
  waiting: ['attention', <HourglassOutlined key="waiting" />],
  superseded: ['quiet', <StopOutlined key="superseded" />],
} as const

type AgreementMarkProps = { agreement: Agreement; all: readonly Agreement[] }

export function AgreementMark({ agreement, all }: AgreementMarkProps) {
  const { t } = useTranslation()
  const state = agreementState(agreement, all, useNow())
  const [tone, icon] = looks[state]
  return (
    <Mark tone={tone} icon={icon}>
      {t(`agreements.${state}`, { count: agreement.missing.length })}
    </Mark>
  )
}
