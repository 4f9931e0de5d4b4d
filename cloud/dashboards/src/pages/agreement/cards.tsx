/** An agreement in words, as a script, and against the version before: computed in this page. */
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { tellAgreement, tellChanges } from '@tillproof/shared/agreement/words/tell.ts'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { Card } from '../../parts/page.tsx'
import { CopyButton } from '../../parts/text.tsx'
import { useKnownNames } from './known-names.ts'

type TermsProps = { terms: AgreementTerms }

export function WordsCard({ terms }: TermsProps) {
  const { t } = useTranslation()
  const lines = tellAgreement(terms, useLanguage(), useKnownNames())
  return (
    <Card title={t('agreements.words')}>
      <ul className="told">
        {lines.map(({ depth, text }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines stand for nothing but themselves.
          <li key={at} data-depth={depth}>
            {text}
          </li>
        ))}
      </ul>
    </Card>
  )
}

export function ScriptCard({ terms }: TermsProps) {
  const { t } = useTranslation()
  return (
    <Card
      title={t('agreements.script')}
      extra={<CopyButton value={terms.script} what={t('agreements.script')} />}
    >
      <pre className="raw">{terms.script}</pre>
    </Card>
  )
}

type ChangesProps = { before: AgreementTerms; after: AgreementTerms }

export function ChangesCard({ before, after }: ChangesProps) {
  const { t } = useTranslation()
  const changes = tellChanges(before, after, useLanguage(), useKnownNames())
  return (
    <Card title={t('agreements.changes')}>
      {changes.length === 0 ? (
        <p className="plain muted">{t('agreements.noChanges')}</p>
      ) : (
        <ul>
          {changes.map(change => (
            <li key={change}>{change}</li>
          ))}
        </ul>
      )}
    </Card>
  )
}
