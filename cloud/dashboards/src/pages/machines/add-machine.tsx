/** Asks what the new machine is, then shows the slip with its one-time code. */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { type Enrolment, machineKind } from '@tillproof/shared/api/machines.ts'
import { Button, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../app/api.ts'
import { useWord } from '../../app/i18n/i18n.ts'
import { ProblemView } from '../../parts/states.tsx'
import { Slip } from './slip.tsx'

type AddMachineProps = { onClose: () => void; onArrived: () => void }

export function AddMachine({ onClose, onArrived }: AddMachineProps) {
  const { t } = useTranslation()
  const [slip, setSlip] = useState<Enrolment | null>(null)
  return (
    <Modal
      open
      footer={null}
      width={640}
      title={t(slip ? 'enrol.slip' : 'enrol.title')}
      onCancel={onClose}
      // A slip is shown once: a click beside it must not lose it.
      mask={{ closable: slip === null }}
    >
      {slip ? <Slip slip={slip} onArrived={onArrived} /> : <MachineForm onSlip={setSlip} />}
    </Modal>
  )
}

type Fields = {
  label: string
  kind: Enrolment['kind']
  site: string
  validForMinutes: number
}

const kinds = machineKind.options
const HOUR_MINUTES = 60
const DAY_MINUTES = 24 * HOUR_MINUTES
const WEEK_MINUTES = 7 * DAY_MINUTES

function MachineForm({ onSlip }: { onSlip: (slip: Enrolment) => void }) {
  const { t } = useTranslation()
  const word = useWord()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const submit = async (fields: Fields) => {
    setBusy(true)
    setProblem(null)
    const answer = await api.addEnrolment(fields)
    setBusy(false)
    if (answer.ok) onSlip(answer.value)
    else setProblem(answer.problem)
  }
  return (
    <Form<Fields>
      layout="vertical"
      requiredMark={false}
      initialValues={{ kind: 'vending', validForMinutes: HOUR_MINUTES }}
      onFinish={fields => void submit(fields)}
    >
      <Form.Item
        name="label"
        label={t('enrol.label')}
        rules={[{ required: true, whitespace: true, message: t('enrol.labelMissing') }]}
      >
        <Input maxLength={80} placeholder={t('enrol.labelHint')} autoFocus />
      </Form.Item>
      <Form.Item name="kind" label={t('enrol.kind')}>
        <Select options={kinds.map(value => ({ value, label: word('machineKind', value) }))} />
      </Form.Item>
      <Form.Item
        name="site"
        label={t('enrol.site')}
        rules={[{ required: true, whitespace: true, message: t('enrol.siteMissing') }]}
      >
        <Input maxLength={120} placeholder={t('enrol.siteHint')} />
      </Form.Item>
      <Form.Item name="validForMinutes" label={t('enrol.valid')}>
        <Select
          options={[
            { value: HOUR_MINUTES, label: t('enrol.hour') },
            { value: DAY_MINUTES, label: t('enrol.day') },
            { value: WEEK_MINUTES, label: t('enrol.week') },
          ]}
        />
      </Form.Item>
      {problem ? <ProblemView problem={problem} /> : null}
      <Button className="spaced-top" type="primary" htmlType="submit" loading={busy}>
        {t('enrol.create')}
      </Button>
    </Form>
  )
}
