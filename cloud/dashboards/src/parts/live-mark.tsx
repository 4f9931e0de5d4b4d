/** Whether the page hears of changes as they happen. */
import { DisconnectOutlined, SyncOutlined, WifiOutlined } from '@ant-design/icons'
import { Tooltip } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type LiveState, useLiveState } from '../app/live.tsx'
import { Mark, type Tone } from './marks.tsx'

const looks: Record<LiveState, readonly [Tone, ReactNode]> = {
  live: ['good', <WifiOutlined key="live" />],
  connecting: ['attention', <SyncOutlined key="connecting" />],
  broken: ['bad', <DisconnectOutlined key="broken" />],
}

export function LiveMark() {
  const { t } = useTranslation()
  const state = useLiveState()
  const [tone, icon] = looks[state]
  return (
    <Tooltip title={t(`live.${state}Hint`)}>
      <span role="status">
        <Mark tone={tone} icon={icon}>
          {t(`live.${state}`)}
        </Mark>
      </span>
    </Tooltip>
  )
}
