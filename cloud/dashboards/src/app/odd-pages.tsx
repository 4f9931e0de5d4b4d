/** Pages for addresses that do not exist and for faults of the dashboard itself. */
import { Button, Result } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useRouteError } from 'react-router'

export function NotFoundPage() {
  const { t } = useTranslation()
  return (
    <Result
      status="404"
      title={t('app.notFound')}
      subTitle={t('app.notFoundNext')}
      extra={<Link to="/">{t('app.home')}</Link>}
    />
  )
}

export function CrashPage() {
  const { t } = useTranslation()
  const fault = useRouteError()
  return (
    <Result
      status="error"
      title={t('state.crashed')}
      subTitle={t('state.crashedNext')}
      extra={<Button onClick={() => window.location.reload()}>{t('state.retry')}</Button>}
    >
      <pre className="raw">{fault instanceof Error ? fault.message : String(fault)}</pre>
    </Result>
  )
}
