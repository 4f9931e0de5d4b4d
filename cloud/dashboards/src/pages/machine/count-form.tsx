/** States what somebody counted in the cash box, when, and whether it was taken out. */
import type { BoxCount } from '@tillproof/shared/api/cash.ts'
import { Button, Checkbox } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api.ts'
import { AmountInput } from '../../parts/amount-input.tsx'
import { minorOf } from '../../parts/minor-of.ts'
import { Reasoned } from '../../parts/reasoned.tsx'

type CountFormProps = { deviceId: string; currency: string; onDone: () => void }

export function CountForm(props: CountFormProps) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  return (
    <div className="above">
      {isOpen ? (
        <Asked
          {...props}
          onDone={() => {
            setOpen(false)
            props.onDone()
          }}
        />
      ) : (
        <Button onClick={() => setOpen(true)}>{t('box.add')}</Button>
      )}
    </div>
  )
}

function Asked({ deviceId, currency, onDone }: CountFormProps) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [collected, setCollected] = useState(true)
  const minor = minorOf(text, currency)
  return (
    <Reasoned<BoxCount>
      label={t('box.by')}
      missing={t('box.byMissing')}
      submit={t('box.submit')}
      mostLetters={80}
      isLine
      blocked={minor === undefined}
      onSubmit={countedBy =>
        api.addBoxCount(deviceId, {
          countedAt: new Date().toISOString(),
          amount: { amountMinor: String(minor), currency },
          collected,
          countedBy,
        })
      }
      onDone={onDone}
    >
      <p className="plain muted">{t('box.about')}</p>
      <AmountInput
        label={t('box.amount')}
        currency={currency}
        value={text}
        fault={text !== '' && minor === undefined ? t('box.wrongAmount') : null}
        onChange={setText}
      />
      <Checkbox checked={collected} onChange={event => setCollected(event.target.checked)}>
        {t('box.collected')}
      </Checkbox>
    </Reasoned>
  )
}
