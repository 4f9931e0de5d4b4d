/** Chooses a period of days; it is kept in the address as `first` and `last`. */
import { Segmented } from 'antd'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { type Days, dayOf, daysOf, isDay, readDays, spans } from './days.ts'
import { type Filter, useFilter } from './use-filter.ts'

/** The chosen days; this month where none were chosen. */
export function useDays(): Days {
  return daysIn(useFilter())
}

const daysIn = (filter: Filter): Days =>
  readDays(filter.get('first'), filter.get('last'), new Date())

export function DaysChoice() {
  const { t } = useTranslation()
  const filter = useFilter()
  const days = daysIn(filter)
  const today = new Date()
  const span = spans.find(each => {
    const { first, last } = daysOf(each, today)
    return first === days.first && last === days.last
  })
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no row of its own in print.
    <div className="filters" role="group" aria-label={t('days.period')}>
      <Segmented
        aria-label={t('days.period')}
        value={span ?? ''}
        options={spans.map(value => ({ value, label: t(`days.${value}`) }))}
        onChange={value => {
          const chosen = spans.find(each => each === value)
          if (chosen) filter.setAll({ ...daysOf(chosen, today) })
        }}
      />
      <DayInput
        label={t('days.first')}
        value={days.first}
        max={days.last}
        onChange={first => filter.setAll({ ...days, first })}
      />
      <DayInput
        label={t('days.last')}
        value={days.last}
        min={days.first}
        max={dayOf(today)}
        onChange={last => filter.setAll({ ...days, last })}
      />
    </div>
  )
}

type DayInputProps = {
  label: string
  value: string
  min?: string
  max?: string
  onChange: (day: string) => void
}

/** The browser's own date field: it knows the reader's calendar, keyboard and screen reader. */
export function DayInput({ label, value, min, max, onChange }: DayInputProps) {
  const id = useId()
  return (
    <span className="day">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="date"
        value={value}
        min={min}
        max={max}
        onChange={event => {
          if (isDay(event.target.value)) onChange(event.target.value)
        }}
      />
    </span>
  )
}
