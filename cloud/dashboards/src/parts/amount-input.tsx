/** A field for an amount of money, as people write it; what is wrong with it is said below. */
import { Input } from 'antd'
import { useId } from 'react'

type AmountInputProps = {
  label: string
  currency: string
  value: string
  fault: string | null
  onChange: (text: string) => void
}

export function AmountInput({ label, currency, value, fault, onChange }: AmountInputProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <Input
        id={id}
        inputMode="decimal"
        suffix={currency}
        value={value}
        status={fault ? 'error' : ''}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-fault`}
        onChange={event => onChange(event.target.value)}
      />
      <span id={`${id}-fault`} role="alert" className="fault small">
        {fault}
      </span>
    </div>
  )
}
