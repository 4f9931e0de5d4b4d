/** A form that asks for a reason in words before something is done, with its outcome beside it. */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { Button, Input } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import type { Answer } from '../api/client.ts'
import { ProblemView } from './states.tsx'

type ReasonedProps<T> = {
  /** What the field is called, and what is said when it is left empty. */
  label: string
  missing: string
  submit: string
  mostLetters?: number
  /** One line is enough. */
  isLine?: boolean
  /** Something above is not right yet. */
  blocked?: boolean
  onSubmit: (text: string) => Promise<Answer<T>>
  onDone: (value: T) => void
  /** Further fields above. */
  children?: ReactNode
}

export function Reasoned<T>(props: ReasonedProps<T>) {
  const { label, missing, submit, onSubmit, onDone, children } = props
  const { mostLetters = 400, isLine = false, blocked = false } = props
  const id = useId()
  const [text, setText] = useState('')
  const [isMissing, setMissing] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const send = async () => {
    const said = text.trim()
    setMissing(said === '')
    if (said === '' || blocked) return
    setBusy(true)
    const answer = await onSubmit(said)
    setBusy(false)
    setProblem(answer.ok ? null : answer.problem)
    if (answer.ok) onDone(answer.value)
  }
  const Field = isLine ? Input : Input.TextArea
  return (
    <form
      className="block"
      onSubmit={event => {
        event.preventDefault()
        void send()
      }}
    >
      {children}
      <label htmlFor={id}>{label}</label>
      <Field
        id={id}
        {...(isLine ? {} : { rows: 3 })}
        maxLength={mostLetters}
        value={text}
        status={isMissing ? 'error' : ''}
        aria-invalid={isMissing}
        aria-describedby={`${id}-missing`}
        onChange={event => setText(event.target.value)}
      />
      <span id={`${id}-missing`} role="alert" className="fault small">
        {isMissing ? missing : null}
      </span>
      <div>
        <Button type="primary" htmlType="submit" loading={busy}>
          {submit}
        </Button>
      </div>
      {problem ? <ProblemView problem={problem} /> : null}
    </form>
  )
}
