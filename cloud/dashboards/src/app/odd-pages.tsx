/** Pages for addresses that do not exist and for faults of the dashboard itself. */
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useRouteError } from 'react-router'

export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <Odd title={t('app.notFound')} next={t('app.notFoundNext')}>
      <Link to="/">{t('app.home')}</Link>
    </Odd>
  )
}

export function CrashPage() {
  const { t } = useTranslation()
  const fault = useRouteError()
  return (
    <Odd title={t('state.crashed')} next={t('state.crashedNext')}>
      <Button onClick={() => window.location.reload()}>{t('state.retry')}</Button>
      <pre className="raw">{fault instanceof Error ? fault.message : String(fault)}</pre>
    </Odd>
  )
}

function Odd({ title, next, children }: { title: string; next: string; children: ReactNode }) {
  return (
    <section className="odd" role="alert">
      <h1>{title}</h1>
      <p className="plain muted">{next}</p>
      {children}
    </section>
  )
}
