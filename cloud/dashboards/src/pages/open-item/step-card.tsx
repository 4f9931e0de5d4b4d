/** Closes an open item with a reason and a note, or takes a closing back. */
import { closingReason, type OpenItemDetail } from '@tillproof/shared/api/open-items.ts'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useSession } from '../../app/session.tsx'
import { Card } from '../../parts/page.tsx'
import { Reasoned } from '../../parts/reasoned.tsx'

type StepCardProps = { item: OpenItemDetail; onDone: () => void }

export function StepCard({ item, onDone }: StepCardProps) {
  const { t } = useTranslation()
  const { organisation, user } = useSession()
  const mayStep = organisation.kind === 'operator' && user.role === 'admin'
  const isOpen = item.closedAt === null
  const last = item.history.at(-1)
  return (
    <Card title={t(isOpen ? 'openItems.close' : 'openItems.closed')}>
      {!mayStep ? (
        <p className="plain muted">{t('openItems.onlyOperator')}</p>
      ) : isOpen ? (
        <Closing id={item.id} onDone={onDone} />
      ) : last?.by ? (
        <Reopening id={item.id} onDone={onDone} />
      ) : (
        <p className="plain muted">{t('openItems.closedItself')}</p>
      )}
    </Card>
  )
}

type StepProps = { id: string; onDone: () => void }

function Closing({ id, onDone }: StepProps) {
  const { t } = useTranslation()
  const word = useWord()
  const field = useId()
  const [reason, setReason] = useState<(typeof closingReason.options)[number]>('explained')
  return (
    <>
      <p className="plain muted">{t('openItems.closeWhy')}</p>
      <Reasoned
        label={t('openItems.note')}
        missing={t('openItems.noteMissing')}
        submit={t('openItems.close')}
        onSubmit={note => api.closeOpenItem(id, { reason, note })}
        onDone={onDone}
      >
        <label htmlFor={field}>{t('openItems.closeReason')}</label>
        <select
          id={field}
          className="choice"
          value={reason}
          onChange={({ target }) => {
            const chosen = closingReason.options.find(each => each === target.value)
            if (chosen) setReason(chosen)
          }}
        >
          {closingReason.options.map(each => (
            <option key={each} value={each}>
              {word('closingReason', each)}
            </option>
          ))}
        </select>
      </Reasoned>
    </>
  )
}

function Reopening({ id, onDone }: StepProps) {
  const { t } = useTranslation()
  return (
    <>
      <p className="plain muted">{t('openItems.reopenWhy')}</p>
      <Reasoned
        label={t('openItems.reopenNote')}
        missing={t('openItems.noteMissing')}
        submit={t('openItems.reopen')}
        onSubmit={note => api.reopenOpenItem(id, { note })}
        onDone={onDone}
      />
    </>
  )
}
