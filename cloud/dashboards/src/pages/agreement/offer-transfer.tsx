/** A holder offers units to another; both sign afterwards. A redemption goes to the operator. */
import { holdersAt, type SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { TransferDocument } from '@tillproof/shared/api/agreements.ts'
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api.ts'
import { useSession } from '../../app/session.tsx'
import { useOrganisations } from '../../parts/organisations.ts'
import { ProblemView } from '../../parts/states.tsx'
import { keyOf } from './holder-key.ts'

type OfferProps = {
  terms: AgreementTerms
  transfers: readonly TransferDocument[]
  onOffered: () => void
}
type Fields = { account: string; toId: string; units: string; toSigner: string }

/** Shown to administrators of organisations that hold something now. */
export function OfferTransfer({ terms, transfers, onOffered }: OfferProps) {
  const { organisation, user } = useSession()
  const [now] = useState(() => Date.now())
  const signed = transfers.flatMap(({ transfer, effectiveFrom }): SignedTransfer[] =>
    effectiveFrom === null ? [] : [{ transfer, effectiveFromMs: Date.parse(effectiveFrom) }],
  )
  const held = terms.participations.filter(register =>
    holdersAt(register, terms.agreementId, signed, now).some(
      each => each.partyId === organisation.id,
    ),
  )
  if (user.role !== 'admin' || held.length === 0) return null
  return (
    <OfferForm
      accounts={held.map(each => each.account)}
      terms={terms}
      signed={signed}
      onOffered={onOffered}
    />
  )
}

type FormProps = {
  accounts: string[]
  terms: AgreementTerms
  signed: readonly SignedTransfer[]
  onOffered: () => void
}

function OfferForm({ accounts, terms, signed, onOffered }: FormProps) {
  const { t } = useTranslation()
  const { organisation } = useSession()
  const [problem, setProblem] = useState<Problem | null>(null)
  const takers = useTakers(organisation.id)
  const offer = async ({ account, toId, units, toSigner }: Fields) => {
    const answer = await api.offerTransfer({
      transferId: crypto.randomUUID(),
      agreementId: terms.agreementId,
      account,
      fromId: organisation.id,
      toId,
      units: Number(units),
      validFromMs: Date.now(),
      fromSigner: keyOf(terms, signed, account, organisation.id),
      toSigner: toSigner.trim().toLowerCase(),
    })
    if (answer.ok) onOffered()
    else setProblem(answer.problem)
  }
  return (
    <Form<Fields>
      layout="vertical"
      requiredMark={false}
      initialValues={{ account: accounts[0] }}
      onFinish={fields => void offer(fields)}
    >
      <h3>{t('agreements.offer')}</h3>
      <Form.Item name="account" label={t('sale.account')} rules={[{ required: true }]}>
        <Select options={accounts.map(value => ({ value, label: value }))} />
      </Form.Item>
      <Form.Item name="toId" label={t('agreements.taker')} rules={[{ required: true }]}>
        <Select showSearch={{ optionFilterProp: 'label' }} options={takers} />
      </Form.Item>
      <Form.Item
        name="units"
        label={t('agreements.units')}
        rules={[{ required: true, pattern: /^[1-9]\d{0,8}$/ }]}
      >
        <Input inputMode="numeric" />
      </Form.Item>
      <Form.Item
        name="toSigner"
        label={t('agreements.takerKey')}
        rules={[{ required: true, pattern: /^\s*0x[0-9a-fA-F]{40}\s*$/ }]}
      >
        <Input className="number" spellCheck={false} />
      </Form.Item>
      {problem ? <ProblemView problem={problem} /> : null}
      <Button htmlType="submit">{t('agreements.offer')}</Button>
    </Form>
  )
}

function useTakers(ownId: string) {
  const { loaded } = useOrganisations()
  const all = loaded.state === 'ready' ? loaded.value.items : []
  return all.filter(({ id }) => id !== ownId).map(({ id, name }) => ({ value: id, label: name }))
}
