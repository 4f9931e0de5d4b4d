/**
 * Drafts a version: the terms as JSON on one side, what is wrong with them and what they say in
 * words on the other, computed in the page while one types; then tried on past sales and proposed.
 */
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { Alert, Button, Input, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useSearchParams } from 'react-router'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useSession } from '../../app/session.tsx'
import { useOrganisations } from '../../parts/organisations.ts'
import { Card, Page } from '../../parts/page.tsx'
import { LoadedView, ProblemView } from '../../parts/states.tsx'
import { ChangesCard, WordsCard } from '../agreement/cards.tsx'
import { PreviewCard } from '../agreement/preview-card.tsx'
import { readDraft } from './read-draft.ts'
import { fromTemplate, nextVersion, type TemplateName, templateNames } from './starting-point.ts'

export function DraftPage() {
  const { t } = useTranslation()
  const [query] = useSearchParams()
  const { loaded, reload } = useAnswer('agreements', api.agreements)
  const up = { to: '/agreements', label: t('agreements.title') }
  return (
    <Page title={t('draft.title')} about={t('draft.about')} up={up}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ items }) => <Editor before={newestOf(items, query.get('from'))} />}
      </LoadedView>
    </Page>
  )
}

/** Versions come newest first. */
const newestOf = (items: readonly Agreement[], id: string | null): AgreementTerms | null =>
  items.find(each => each.id === id)?.terms ?? null

function Editor({ before }: { before: AgreementTerms | null }) {
  const { t } = useTranslation()
  const [text, setText] = useState(before === null ? '' : written(nextVersion(before)))
  const [tried, setTried] = useState<AgreementTerms | null>(null)
  const { terms, faults } = readDraft(text)
  return (
    <>
      <Card
        title={t('draft.terms')}
        extra={before === null ? <Templates onChoose={made => setText(written(made))} /> : null}
      >
        <Input.TextArea
          aria-label={t('draft.terms')}
          className="number"
          spellCheck={false}
          autoSize={{ minRows: 12, maxRows: 32 }}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        {text === '' ? null : <Faults faults={faults} />}
        <div className="actions spaced-top">
          <Button disabled={terms === null || faults.length > 0} onClick={() => setTried(terms)}>
            {t('draft.try')}
          </Button>
          {terms !== null && faults.length === 0 ? <Propose terms={terms} /> : null}
        </div>
      </Card>
      {terms === null ? null : <WordsCard terms={terms} />}
      {terms === null || before === null ? null : <ChangesCard before={before} after={terms} />}
      {tried === null ? null : <PreviewCard key={written(tried)} terms={tried} />}
    </>
  )
}

const written = (terms: AgreementTerms): string => JSON.stringify(terms, null, 2)

function Faults({ faults }: { faults: readonly string[] }) {
  const { t } = useTranslation()
  if (faults.length === 0) {
    return <Alert type="success" showIcon role="status" title={t('draft.holds')} />
  }
  return (
    <Alert
      type="warning"
      showIcon
      role="status"
      title={t('draft.faults', { count: faults.length })}
      description={
        <ul>
          {faults.map(fault => (
            <li key={fault}>
              <pre className="plain">{fault}</pre>
            </li>
          ))}
        </ul>
      }
    />
  )
}

function Propose({ terms }: { terms: AgreementTerms }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const propose = async () => {
    setBusy(true)
    const answer = await api.proposeAgreement(terms)
    setBusy(false)
    if (answer.ok) return navigate(`/agreements/${terms.agreementId}/${terms.version}`)
    return setProblem(answer.problem)
  }
  return (
    <>
      <Button type="primary" loading={busy} onClick={() => void propose()}>
        {t('draft.propose')}
      </Button>
      {problem === null ? null : <ProblemView problem={problem} />}
    </>
  )
}

function Templates({ onChoose }: { onChoose: (terms: AgreementTerms) => void }) {
  const { t } = useTranslation()
  const { organisation } = useSession()
  const organisations = useOrganisations().loaded
  const machines = useAnswer('machines to draft for', signal =>
    api.devices({ limit: 200 }, signal),
  ).loaded
  const all = organisations.state === 'ready' ? organisations.value.items : []
  const devices = machines.state === 'ready' ? machines.value.items : []
  const firstOf = (kind: string) => all.find(each => each.kind === kind)?.id ?? ''
  const choose = (name: TemplateName) =>
    onChoose(
      fromTemplate(name, {
        operatorId: organisation.id,
        siteId: firstOf('site'),
        supplierId: firstOf('supplier'),
        lenderId: firstOf('lender'),
        agreementId: crypto.randomUUID(),
        nowMs: Date.now(),
        deviceIds: devices.map(({ id }) => String(id)).toSorted((a, b) => (a < b ? -1 : 1)),
      }),
    )
  return (
    <Select<TemplateName>
      aria-label={t('draft.template')}
      placeholder={t('draft.template')}
      options={templateNames.map(value => ({ value, label: t(`draft.${value}`) }))}
      onChange={choose}
    />
  )
}
