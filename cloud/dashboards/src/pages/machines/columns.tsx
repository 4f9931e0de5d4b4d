/** Columns of the list of machines. */
import type { Device } from '@tillproof/shared/api/machines.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useWord } from '../../app/i18n/i18n.ts'
import { byMoney, byText } from '../../parts/list.tsx'
import { DeviceStatus, Liveness } from '../../parts/marks.tsx'
import { AgoText, CopyableId, CountText, MoneyText } from '../../parts/text.tsx'

export function useDeviceColumns(): TableColumnsType<Device> {
  const { t } = useTranslation()
  const word = useWord()
  return [
    {
      title: t('machines.machine'),
      sorter: byText(device => device.label),
      render: (_, device) => (
        <div className="two-lines">
          <Link to={`/machines/${device.id}`}>{device.label}</Link>
          <CopyableId value={device.id} what={device.label} />
        </div>
      ),
    },
    {
      title: t('machines.liveness'),
      render: (_, device) => (
        <div className="two-lines">
          <Liveness value={device.liveness} />
          <span className="muted small" title={t('machine.lastHead')}>
            <AgoText at={device.lastHeadAt} />
          </span>
          {device.status === 'active' ? null : <DeviceStatus value={device.status} />}
        </div>
      ),
    },
    {
      title: t('machines.site'),
      sorter: byText(device => device.site),
      render: (_, device) => (
        <div className="two-lines">
          <span className="wrap">{device.site}</span>
          <span className="muted small">{word('machineKind', device.kind)}</span>
        </div>
      ),
    },
    {
      title: t('machines.today'),
      align: 'end',
      sorter: byMoney(device => device.takingsToday),
      render: (_, device) => <MoneyText money={device.takingsToday} />,
    },
    {
      title: t('machines.salesToday'),
      align: 'end',
      sorter: (a, b) => a.salesToday - b.salesToday,
      render: (_, device) => <CountText value={device.salesToday} />,
    },
    {
      title: t('machines.logSize'),
      align: 'end',
      render: (_, device) => <CountText value={device.logSize} />,
    },
  ]
}
