/**
 * Pays the customer back, in full unless another amount is given. The refund's id is made with the
 * form, so that asking again after a cut connection is asking once.
 */
import type { Money } from '@tillproof/shared/api/fields.ts'
import type { Refund } from '@tillproof/shared/api/refunds.ts'
import { formatDecimal } from '@tillproof/shared/money/money.ts'
import { Button } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api.ts'
import { useLanguage } from '../../app/i18n/i18n.ts'
import { AmountInput } from '../../parts/amount-input.tsx'
import { moneyText } from '../../parts/format.ts'
import { minorOf } from '../../parts/minor-of.ts'
import { Reasoned } from '../../parts/reasoned.tsx'

type RefundFormProps = { saleId: string; left: Money; onDone: () => void }

export function RefundForm({ saleId, left, onDone }: RefundFormProps) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  if (!isOpen) {
    return (
      <div>
        <Button onClick={() => setOpen(true)}>{t('refund.ask')}</Button>
      </div>
    )
  }
  return (
    <Asked
      saleId={saleId}
      left={left}
      onDone={() => {
        setOpen(false)
        onDone()
      }}
    />
  )
}

function Asked({ saleId, left, onDone }: RefundFormProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { currency } = left
  const most = BigInt(left.amountMinor)
  const [id] = useState(() => crypto.randomUUID())
  const [text, setText] = useState(formatDecimal({ amountMinor: most, currency }))
  const minor = minorOf(text, currency)
  const isWrong = minor === undefined || minor === 0n || minor > most
  const mostText = moneyText(left, language)
  return (
    <Reasoned<Refund>
      label={t('refund.why')}
      missing={t('refund.whyMissing')}
      submit={t('refund.submit')}
      mostLetters={80}
      blocked={isWrong}
      onSubmit={reason =>
        api.addRefund({
          id,
          saleId: saleId as Refund['saleId'] & string,
          amountMinor: String(minor),
          reason,
        })
      }
      onDone={onDone}
    >
      <p className="plain muted">{t('refund.about')}</p>
      <AmountInput
        label={t('refund.howMuch', { most: mostText })}
        currency={currency}
        value={text}
        fault={isWrong ? t('refund.wrongAmount', { most: mostText }) : null}
        onChange={setText}
      />
    </Reasoned>
  )
}
