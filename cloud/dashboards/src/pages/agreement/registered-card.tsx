/** Where a signed version stands on the chain, which nobody can take back. */
import type { Registration } from '@tillproof/shared/api/registrations.ts'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { Card, Facts } from '../../parts/page.tsx'
import { EmptyView, LoadedView } from '../../parts/states.tsx'
import { CopyableId, CountText } from '../../parts/text.tsx'

export function RegisteredCard({ id, version }: { id: string; version: number }) {
  const { t } = useTranslation()
  const { loaded, reload } = useAnswer(`registered ${id} ${version}`, signal =>
    api.agreementVersion(id, version, signal),
  )
  return (
    <Card title={t('agreements.registered')}>
      <LoadedView loaded={loaded} onRetry={reload}>
        {({ registration }) =>
          registration === null ? (
            <EmptyView
              title={t('agreements.unregistered')}
              next={t('agreements.unregisteredNext')}
            />
          ) : (
            <RegistrationFacts registration={registration} />
          )
        }
      </LoadedView>
    </Card>
  )
}

function RegistrationFacts({ registration }: { registration: Registration }) {
  const { t } = useTranslation()
  const word = useWord()
  const { chainId, contract, state, transaction, block, failure } = registration
  const facts = [
    { label: t('agreements.state'), value: word('anchorState', state) },
    { label: t('log.chain'), value: chainId },
    { label: t('log.contract'), value: <CopyableId value={contract} what={t('log.contract')} /> },
    {
      label: t('log.transaction'),
      value:
        transaction === null ? '–' : <CopyableId value={transaction} what={t('log.transaction')} />,
    },
    { label: t('log.block'), value: block === null ? '–' : <CountText value={block} /> },
    ...(failure === null ? [] : [{ label: t('agreements.failure'), value: failure }]),
  ]
  return <Facts facts={facts} />
}
