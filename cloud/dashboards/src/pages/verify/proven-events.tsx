/** What a bundle proves, in one line a kind: ten thousand events are more than anybody reads. */
import type { Report } from '@tillproof/shared/bundle/report.ts'
import { useTranslation } from 'react-i18next'
import { useLanguage, useWord } from '../../app/i18n/i18n.ts'
import { countText } from '../../parts/format.ts'
import { Facts } from '../../parts/page.tsx'
import { countByKind } from './kinds.ts'

export function ProvenEvents({ report }: { report: Report }) {
  const { t } = useTranslation()
  const word = useWord()
  const language = useLanguage()
  const isProven = report.verdict !== 'invalid' && report.verdict !== 'contradicted'
  if (!isProven) return null
  const facts = countByKind(report.events).map(({ kind, count }) => ({
    label: kind === null ? t('verifyFile.hidden') : word('eventKind', kind),
    value: countText(count, language),
  }))
  return (
    <section className="proven" aria-label={t('verifyFile.proven')}>
      <h3>{t('verifyFile.proven')}</h3>
      <Facts facts={facts} />
    </section>
  )
}
