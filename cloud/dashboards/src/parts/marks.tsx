/** States as icon and word together: colour only helps those who see it. */
import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  CloseCircleOutlined,
  DisconnectOutlined,
  HourglassOutlined,
  MinusCircleOutlined,
  SafetyCertificateOutlined,
  StopOutlined,
  SwapOutlined,
  WifiOutlined,
} from '@ant-design/icons'
import type { Device } from '@tillproof/shared/api/machines.ts'
import type { Sale } from '@tillproof/shared/api/money.ts'
import { Tooltip } from 'antd'
import type { ReactNode } from 'react'
import { useWord } from '../app/i18n/i18n.ts'

export type Tone = 'good' | 'attention' | 'bad' | 'quiet' | 'brand'
type MarkProps = { tone: Tone; icon: ReactNode; children: ReactNode }

export function Mark({ tone, icon, children }: MarkProps) {
  return (
    <span className={`mark tone-${tone}`}>
      <span aria-hidden="true">{icon}</span>
      {children}
    </span>
  )
}

const livenessLooks = {
  live: ['good', <WifiOutlined key="live" />],
  delayed: ['attention', <ClockCircleOutlined key="delayed" />],
  stale: ['bad', <DisconnectOutlined key="stale" />],
  never: ['quiet', <MinusCircleOutlined key="never" />],
} as const satisfies Record<Device['liveness'], readonly [Tone, ReactNode]>

export function Liveness({ value }: { value: Device['liveness'] }) {
  const word = useWord()
  const [tone, icon] = livenessLooks[value]
  return (
    <Mark tone={tone} icon={icon}>
      {word('liveness', value)}
    </Mark>
  )
}

const statusLooks = {
  active: ['good', <CheckCircleOutlined key="active" />],
  quarantined: ['bad', <StopOutlined key="quarantined" />],
  retired: ['quiet', <MinusCircleOutlined key="retired" />],
} as const satisfies Record<Device['status'], readonly [Tone, ReactNode]>

export function DeviceStatus({ value }: { value: Device['status'] }) {
  const word = useWord()
  const [tone, icon] = statusLooks[value]
  return (
    <Mark tone={tone} icon={icon}>
      {word('deviceStatus', value)}
    </Mark>
  )
}

const saleLooks = {
  open: ['quiet', <HourglassOutlined key="open" />],
  succeeded: ['brand', <CheckCircleOutlined key="succeeded" />],
  failed: ['bad', <CloseCircleOutlined key="failed" />],
  matched: ['brand', <SwapOutlined key="matched" />],
  cleared: ['good', <CheckCircleOutlined key="cleared" />],
} as const satisfies Record<Sale['state'], readonly [Tone, ReactNode]>

export function SaleState({ value }: { value: Sale['state'] }) {
  const word = useWord()
  const [tone, icon] = saleLooks[value]
  return (
    <Mark tone={tone} icon={icon}>
      {word('saleState', value)}
    </Mark>
  )
}

export function Grade({ value }: { value: Sale['grade'] }) {
  const word = useWord()
  const icon = value === 'claimed' ? <MinusCircleOutlined /> : <SafetyCertificateOutlined />
  return (
    <Tooltip title={word('gradeMeaning', value)}>
      <span>
        <Mark tone={value === 'claimed' ? 'quiet' : 'brand'} icon={icon}>
          {word('grade', value)}
        </Mark>
      </span>
    </Tooltip>
  )
}
