/** One version of an agreement: in words, as a script, who signed it, what it would have paid. */
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { NotFoundPage } from '../../app/odd-pages.tsx'
import { useSession } from '../../app/session.tsx'
import { useMachineName } from '../../parts/machines.ts'
import { Card, Facts, Page } from '../../parts/page.tsx'
import { LoadedView } from '../../parts/states.tsx'
import { CopyableId, TimeText } from '../../parts/text.tsx'
import { AgreementMark } from '../agreements/agreement-mark.tsx'
import { ChangesCard, ScriptCard, WordsCard } from './cards.tsx'
import { PreviewCard } from './preview-card.tsx'
import { RegisterCard } from './register-card.tsx'
import { RegisteredCard } from './registered-card.tsx'
import { SignaturesCard } from './signatures-card.tsx'

export function AgreementPage() {
  const { t } = useTranslation()
  const { id = '', version = '' } = useParams()
  const { organisation, user } = useSession()
  const mayDraft = organisation.kind === 'operator' && user.role === 'admin'
  const { loaded, reload } = useAnswer('agreements', api.agreements)
  const up = { to: '/agreements', label: t('agreements.title') }
  return (
    <Page
      title={t('agreements.one', { version })}
      up={up}
      actions={mayDraft ? <Link to={`/agreements/draft?from=${id}`}>{t('draft.next')}</Link> : null}
    >
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items }) => {
          const found = items.find(each => each.id === id && String(each.version) === version)
          if (found === undefined) return <NotFoundPage />
          return <Version agreement={found} all={items} onSigned={reload} />
        }}
      </LoadedView>
    </Page>
  )
}

type VersionProps = { agreement: Agreement; all: readonly Agreement[]; onSigned: () => void }

function Version({ agreement, all, onSigned }: VersionProps) {
  const { id, version, terms } = agreement
  const before = all.find(each => each.id === id && each.version === version - 1)
  return (
    <>
      <FactsCard agreement={agreement} all={all} />
      <WordsCard terms={terms} />
      {before === undefined ? null : <ChangesCard before={before.terms} after={terms} />}
      <SignaturesCard agreement={agreement} onSigned={onSigned} />
      {agreement.effectiveFrom === null ? null : <RegisteredCard id={id} version={version} />}
      <PreviewCard terms={terms} />
      {terms.participations.length === 0 ? null : <RegisterCard terms={terms} />}
      <ScriptCard terms={terms} />
    </>
  )
}

function FactsCard({ agreement, all }: Omit<VersionProps, 'onSigned'>) {
  const { t } = useTranslation()
  const machineName = useMachineName()
  const { id, terms, hash, effectiveFrom } = agreement
  const others = all.filter(each => each.id === id)
  const facts = [
    { label: t('agreements.state'), value: <AgreementMark agreement={agreement} all={all} /> },
    {
      label: t('agreements.since'),
      value: effectiveFrom === null ? '–' : <TimeText at={effectiveFrom} />,
    },
    {
      label: t('agreements.validFrom'),
      value: <TimeText at={new Date(terms.validFromMs).toISOString()} />,
    },
    { label: t('agreements.currency'), value: terms.currency },
    {
      label: t('agreements.machines'),
      value: terms.deviceIds.map(device => (
        <div key={device}>
          <Link to={`/machines/${device}`}>{machineName(device)}</Link>
        </div>
      )),
    },
    {
      label: t('agreements.versions'),
      value: others.map(each => (
        <Link
          key={each.version}
          to={`/agreements/${id}/${each.version}`}
        >{`${each.version} `}</Link>
      )),
    },
    {
      label: t('agreements.id'),
      value: <CopyableId value={id} what={t('agreements.id')} short />,
    },
    {
      label: t('agreements.hash'),
      value: <CopyableId value={hash} what={t('agreements.hash')} short />,
    },
  ]
  return (
    <Card title={t('agreements.facts')}>
      <Facts facts={facts} />
    </Card>
  )
}
