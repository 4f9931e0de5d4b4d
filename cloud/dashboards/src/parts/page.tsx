/** The head of a page and its cards; sets the browser tab's title and moves nothing else. */
import type { ReactNode } from 'react'
import { useEffect, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

type PageProps = {
  title: string
  about?: ReactNode
  /** The list above this page. */
  up?: { to: string; label: string }
  actions?: ReactNode
  children: ReactNode
}

export function Page({ title, about, up, actions, children }: PageProps) {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = `${title} · Tillproof`
  }, [title])
  return (
    <div className="page">
      <div className="page-head">
        <div>
          {up ? (
            <nav aria-label={t('app.where')} className="up">
              <Link to={up.to}>{up.label}</Link>
              <span aria-hidden="true"> / </span>
            </nav>
          ) : null}
          <h1>{title}</h1>
          {about ? <div className="muted">{about}</div> : null}
        </div>
        {actions ? <div className="actions">{actions}</div> : null}
      </div>
      {children}
    </div>
  )
}

type CardProps = { title: ReactNode; extra?: ReactNode; children: ReactNode; flush?: boolean }

/** A titled region; `flush` lets a table touch the edges. */
export function Card({ title, extra, children, flush = false }: CardProps) {
  const id = useId()
  return (
    <section className={flush ? 'card flush' : 'card'} aria-labelledby={id}>
      <div className="card-head">
        <h2 id={id}>{title}</h2>
        {extra ? <div className="card-extra">{extra}</div> : null}
      </div>
      <div className="card-body">{children}</div>
    </section>
  )
}

export type Fact = { label: string; value: ReactNode }

/** Names and values as a definition list. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
