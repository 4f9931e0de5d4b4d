/** Small pieces of text that say exactly what they are: money, counts, times, ids. */
import { CheckOutlined, CopyOutlined } from '@ant-design/icons'
import type { Money } from '@tillproof/shared/api/fields.ts'
import { Button, Tooltip } from 'antd'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../app/i18n/i18n.ts'
import { copyText } from './copy.ts'
import { agoText, countText, dayText, instantText, moneyText } from './format.ts'

export function MoneyText({ money }: { money: Money }) {
  return <span className="number">{moneyText(money, useLanguage())}</span>
}

export function CountText({ value }: { value: number | string }) {
  return <span className="number">{countText(value, useLanguage())}</span>
}

/** Local time; the exact UTC instant is in the title and in the machine-readable attribute. */
export function TimeText({ at }: { at: string }) {
  return (
    <time className="number nowrap" dateTime={at} title={at}>
      {instantText(at, useLanguage())}
    </time>
  )
}

/** The day alone, where the hour does not matter; the exact instant is in the title. */
export function DayText({ at }: { at: string }) {
  return (
    <time className="number nowrap" dateTime={at} title={at}>
      {dayText(at, useLanguage())}
    </time>
  )
}

/** Age that keeps counting: "12 seconds ago". */
export function AgoText({ at }: { at: string | null }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const now = useNow()
  if (at === null) return <span className="muted">{t('state.none')}</span>
  return (
    <time className="nowrap" dateTime={at} title={at}>
      {agoText(now - Date.parse(at), language)}
    </time>
  )
}

const TICK_MS = 1_000

/** The reader's clock in milliseconds, moving once a second. */
export function useNow(): number {
  return useSyncExternalStore(everySecond, thisSecond)
}

function everySecond(onTick: () => void): () => void {
  const timer = setInterval(onTick, TICK_MS)
  return () => clearInterval(timer)
}

function thisSecond(): number {
  return Math.floor(Date.now() / TICK_MS) * TICK_MS
}

type CopyableProps = {
  value: string
  what: string
  short?: boolean
  /** What stands for it on the page; the whole value is in the title and is what is copied. */
  shown?: string
}

/** An id in a fixed-width face with a button that copies the whole of it. */
export function CopyableId({ value, what, short = false, ...props }: CopyableProps) {
  const cut = short && value.length > 16 ? `${value.slice(0, 8)}…${value.slice(-4)}` : value
  const shown = props.shown ?? cut
  return (
    <span className="copyable">
      <code title={value}>{shown}</code>
      <CopyButton value={value} what={what} />
    </span>
  )
}

const COPIED_SHOWN_MS = 1_600

export function CopyButton({ value, what }: { value: string; what: string }) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), COPIED_SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => void copyText(value).then(setCopied)
  return (
    <Tooltip title={copied ? t('state.copied') : t('state.copy')}>
      <Button
        size="small"
        type="text"
        icon={copied ? <CheckOutlined aria-hidden /> : <CopyOutlined aria-hidden />}
        aria-label={copied ? t('state.copied') : t('state.copyOf', { what })}
        onClick={copy}
      />
    </Tooltip>
  )
}
