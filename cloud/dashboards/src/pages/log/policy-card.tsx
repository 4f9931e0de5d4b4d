/** The trust policy that this cloud hands out, for those who carry it away by another way. */
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { Card } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { CopyButton } from '../../parts/text.tsx'

export function PolicyCard() {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer('policy', api.policy)
  return (
    <Card
      title={t('log.policy')}
      extra={
        loaded.state === 'ready' ? <CopyButton value={loaded.value} what={t('log.policy')} /> : null
      }
    >
      <p className="plain muted">
        {t('log.policyAbout')} <Link to="/verify">{t('verifyFile.title')}</Link>
      </p>
      <LoadedView loaded={loaded} onRetry={reload}>
        {text => <pre className="raw">{text}</pre>}
      </LoadedView>
    </Card>
  )
}
