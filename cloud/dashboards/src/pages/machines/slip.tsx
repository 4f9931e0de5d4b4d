/** The slip an installer works from: the one-time code, the exact commands, the time left. */
import { CheckCircleOutlined, LoadingOutlined, PrinterOutlined } from '@ant-design/icons'
import type { Enrolment } from '@tillproof/shared/api/machines.ts'
import { Alert, Button } from 'antd'
import { useEffect, useEffectEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { api } from '../../app/api.ts'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { spanText } from '../../parts/format.ts'
import { Mark } from '../../parts/marks.tsx'
import { CopyButton, useNow } from '../../parts/text.tsx'
import { enrolCommand, runCommand } from './commands.ts'

export function Slip({ slip, onArrived }: { slip: Enrolment; onArrived: () => void }) {
  const { t } = useTranslation()
  const word = useWord()
  const arrived = useArrival(slip, onArrived)
  return (
    <div className="slip">
      <p className="plain">
        <strong>{slip.label}</strong> · {word('machineKind', slip.kind)} · {slip.site}
      </p>
      <div className="slip-code">
        <span className="muted">{t('enrol.code')}</span>
        <output>{slip.code}</output>
        <CopyButton value={slip.code} what={t('enrol.code')} />
      </div>
      <p className="plain muted">{t('enrol.codeHint')}</p>
      <Command label={t('enrol.enrolStep')} text={enrolCommand(slip)} />
      <Command label={t('enrol.runStep')} text={runCommand} />
      <div className="slip-foot">
        {arrived === null ? <TimeLeft expiresAt={slip.expiresAt} /> : <Arrived id={arrived} />}
        <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
          {t('enrol.print')}
        </Button>
      </div>
    </div>
  )
}

function Command({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation()
  return (
    <div>
      <span>{label}</span>
      <div className="command">
        <pre>{text}</pre>
        <CopyButton value={text} what={t('enrol.command')} />
      </div>
    </div>
  )
}

function TimeLeft({ expiresAt }: { expiresAt: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const left = Date.parse(expiresAt) - useNow()
  if (left <= 0) return <Alert type="warning" showIcon title={t('enrol.expired')} />
  return (
    <div>
      <Mark tone="quiet" icon={<LoadingOutlined />}>
        {t('enrol.waiting')}
      </Mark>
      <div className="muted">{t('enrol.expires', { left: spanText(left, language) })}</div>
    </div>
  )
}

function Arrived({ id }: { id: string }) {
  const { t } = useTranslation()
  return (
    <div role="status">
      <Mark tone="good" icon={<CheckCircleOutlined />}>
        {t('enrol.arrived')}
      </Mark>{' '}
      <Link to={`/machines/${id}`}>{t('enrol.open')}</Link>
    </div>
  )
}

const ASK_EVERY_MS = 3_000

/** The id of the machine that enrolled with this slip: its name, and not there before. */
function useArrival(slip: Enrolment, onArrived: () => void): string | null {
  const [arrived, setArrived] = useState<string | null>(null)
  const tell = useEffectEvent(onArrived)
  useEffect(() => {
    const abort = new AbortController()
    let known: Set<string> | null = null
    const ask = async () => {
      const answer = await api.devices({ limit: 200 }, abort.signal)
      if (!answer.ok || abort.signal.aborted) return
      const named = answer.value.items.filter(device => device.label === slip.label)
      const fresh = known ? named.find(device => !known?.has(device.id)) : undefined
      known ??= new Set(named.map(device => device.id))
      if (!fresh) return
      clearInterval(timer)
      setArrived(fresh.id)
      tell()
    }
    const timer = setInterval(() => void ask(), ASK_EVERY_MS)
    void ask()
    return () => {
      clearInterval(timer)
      abort.abort()
    }
  }, [slip.label])
  return arrived
}
