/** Lets another organisation see all machines or one. */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import type { Grant } from '@tillproof/shared/api/people.ts'
import { Button, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAnswer } from '../../api/use-answer.ts'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { useSession } from '../../app/session.tsx'
import { useOrganisations } from '../../parts/organisations.ts'
import { ProblemView } from '../../parts/states.tsx'
import { endOfDay } from './grant-state.ts'

type AddGrantProps = { onClose: () => void; onAdded: () => void }
type Fields = { granteeId: string; deviceId: string; scope: Grant['scope']; until?: string }

export function AddGrant({ onClose, onAdded }: AddGrantProps) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const submit = async ({ granteeId, deviceId, scope, until }: Fields) => {
    setBusy(true)
    setProblem(null)
    const answer = await api.addGrant({
      granteeId,
      scope,
      ...(deviceId === '' ? {} : { deviceId }),
      ...(until ? { until: endOfDay(until) } : {}),
    })
    setBusy(false)
    if (answer.ok) onAdded()
    else setProblem(answer.problem)
  }
  return (
    <Modal open footer={null} title={t('grants.add')} onCancel={onClose}>
      <Form<Fields>
        layout="vertical"
        requiredMark={false}
        initialValues={{ deviceId: '', scope: 'finance' }}
        onFinish={fields => void submit(fields)}
      >
        <GrantFields />
        {problem ? <ProblemView problem={problem} /> : null}
        <Button className="spaced-top" type="primary" htmlType="submit" loading={busy}>
          {t('grants.add')}
        </Button>
      </Form>
    </Modal>
  )
}

function GrantFields() {
  const { t } = useTranslation()
  const word = useWord()
  return (
    <>
      <Form.Item
        name="granteeId"
        label={t('grants.grantee')}
        rules={[{ required: true, message: t('grants.granteeMissing') }]}
      >
        <Select showSearch={{ optionFilterProp: 'label' }} options={useGrantees()} />
      </Form.Item>
      <Form.Item name="deviceId" label={t('grants.device')}>
        <Select showSearch={{ optionFilterProp: 'label' }} options={useMachines()} />
      </Form.Item>
      <Form.Item name="scope" label={t('grants.scope')}>
        <Select
          options={(['finance', 'monitor'] as const).map(value => ({
            value,
            label: word('scope', value),
          }))}
        />
      </Form.Item>
      <Form.Item name="until" label={t('grants.until')} extra={t('grants.untilHint')}>
        <Input type="date" />
      </Form.Item>
    </>
  )
}

function useGrantees() {
  const word = useWord()
  const { organisation } = useSession()
  const { loaded } = useOrganisations()
  const all = loaded.state === 'ready' ? loaded.value.items : []
  return all
    .filter(({ id }) => id !== organisation.id)
    .map(({ id, name, kind }) => ({
      value: id,
      label: `${name} (${word('organisationKind', kind)})`,
    }))
}

const MACHINES_IN_CHOICE = 200

function useMachines() {
  const { t } = useTranslation()
  const { loaded } = useAnswer('machines to grant', signal =>
    api.devices({ limit: MACHINES_IN_CHOICE }, signal),
  )
  const machines = loaded.state === 'ready' ? loaded.value.items : []
  return [
    { value: '', label: t('grants.allDevices') },
    ...machines.map(({ id, label, site }) => ({ value: String(id), label: `${label} · ${site}` })),
  ]
}
