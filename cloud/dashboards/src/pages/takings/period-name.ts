/** Names of periods: a day, the Monday of a week, a month. */
import { useLanguage } from '../../app/i18n/i18n.ts'
import type { Step } from '../../parts/buckets.ts'

export function usePeriodName(step: Step): (at: string) => string {
  const language = useLanguage()
  const format = new Intl.DateTimeFormat(
    language,
    step === 'month' ? { year: 'numeric', month: 'short' } : { month: 'short', day: 'numeric' },
  )
  return at => format.format(new Date(at))
}
