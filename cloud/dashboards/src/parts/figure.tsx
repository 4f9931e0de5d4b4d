/** A figure never stands alone: what it is, as of when, how it is reckoned, what lies behind it. */
import { QuestionCircleOutlined, RightOutlined } from '@ant-design/icons'
import { Button, Popover } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useLanguage } from '../app/i18n/i18n.ts'
import { clockText, instantText } from './format.ts'

type FigureProps = {
  name: string
  /** Null when there is no data, which is never the same as zero. */
  value: ReactNode | null
  definition: string
  asOf: string
  /** Path of the list that makes up the figure, and what that list is called. */
  to?: string | undefined
  toLabel?: string | undefined
}

export function Figure({ name, value, definition, asOf, to, toLabel }: FigureProps) {
  const { t } = useTranslation()
  return (
    <section className="figure" aria-label={name}>
      <div className="figure-head">
        <h3>{name}</h3>
        <Why name={name} definition={definition} asOf={asOf} />
      </div>
      <div className="figure-value">
        {value ?? <span className="muted figure-none">{t('state.noData')}</span>}
      </div>
      <div className="figure-foot">
        <AsOf at={asOf} />
        {to ? (
          <Link to={to}>
            {toLabel ?? t('state.open')} <RightOutlined aria-hidden />
          </Link>
        ) : null}
      </div>
    </section>
  )
}

export function AsOf({ at }: { at: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  return (
    <time className="muted small" dateTime={at} title={instantText(at, language)}>
      {t('state.asOf', { time: clockText(at, language) })}
    </time>
  )
}

type WhyProps = { name: string; definition: string; asOf: string }

export function Why({ name, definition, asOf }: WhyProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  return (
    <Popover
      trigger="click"
      title={t('state.why')}
      content={
        <div className="why">
          <p>{definition}</p>
          <p className="muted">{t('state.asOf', { time: instantText(asOf, language) })}</p>
        </div>
      }
    >
      <Button
        size="small"
        type="text"
        icon={<QuestionCircleOutlined aria-hidden />}
        aria-label={t('state.whyOf', { name })}
      />
    </Popover>
  )
}
