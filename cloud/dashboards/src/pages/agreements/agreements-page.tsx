/** Every version of every agreement the reader is a party of, newest first. */
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useSession } from '../../app/session.tsx'
import { List } from '../../parts/list.tsx'
import { useOrganisationName } from '../../parts/organisations.ts'
import { Card, Page } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { DayText } from '../../parts/text.tsx'
import { AgreementMark } from './agreement-mark.tsx'

export function AgreementsPage() {
  const { t } = useTranslation()
  const { organisation, user } = useSession()
  const mayDraft = organisation.kind === 'operator' && user.role === 'admin'
  const { loaded, reload } = useAnswer('agreements', api.agreements)
  return (
    <Page
      title={t('agreements.title')}
      about={t('agreements.about')}
      actions={mayDraft ? <Link to="/agreements/draft">{t('draft.new')}</Link> : null}
    >
      <Card flush title={t('agreements.versions')}>
        <LoadedView loaded={loaded} onRetry={reload}>
          {({ items }) => <Agreements rows={items} />}
        </LoadedView>
      </Card>
    </Page>
  )
}

function Agreements({ rows }: { rows: readonly Agreement[] }) {
  const { t } = useTranslation()
  const nameOf = useOrganisationName()
  const columns: TableColumnsType<Agreement> = [
    {
      title: t('agreements.parties'),
      render: (_, { id, version, terms }) => (
        <div className="two-lines">
          <Link to={`/agreements/${id}/${version}`}>
            {terms.parties.map(each => nameOf(each.organisationId)).join(' · ')}
          </Link>
          <span className="muted small">
            {t('agreements.sizes', { version, machines: terms.deviceIds.length })} ·{' '}
            {terms.terms.map(each => each.name.replaceAll('_', ' ')).join(', ')}
          </span>
        </div>
      ),
    },
    {
      title: t('agreements.state'),
      render: (_, agreement) => (
        <div className="two-lines">
          <AgreementMark agreement={agreement} all={rows} />
          {agreement.effectiveFrom === null ? null : (
            <span className="muted small">
              <DayText at={agreement.effectiveFrom} />
            </span>
          )}
        </div>
      ),
    },
  ]
  return (
    <List
      label={t('agreements.title')}
      rows={rows}
      rowKey={({ id, version }) => `${id}.${version}`}
      columns={columns}
      wraps
      empty={{ title: t('agreements.none'), next: t('agreements.noneNext') }}
    />
  )
}
