/** Days, weeks from Monday, and months of the reader's calendar. */
export const steps = ['day', 'week', 'month'] as const
export type Step = (typeof steps)[number]

/** The first moments of all periods that touch the time from one instant to before the other. */
export function bucketsOf(from: string, to: string, step: Step): Date[] {
  const starts: Date[] = []
  const end = new Date(to)
  for (let at = startOf(new Date(from), step); at < end; at = after(at, step)) starts.push(at)
  return starts
}

function startOf(at: Date, step: Step): Date {
  const [year, month, day] = [at.getFullYear(), at.getMonth(), at.getDate()]
  if (step === 'month') return new Date(year, month, 1)
  const sinceMonday = step === 'week' ? (at.getDay() + 6) % 7 : 0
  return new Date(year, month, day - sinceMonday)
}

function after(at: Date, step: Step): Date {
  const [year, month, day] = [at.getFullYear(), at.getMonth(), at.getDate()]
  if (step === 'month') return new Date(year, month + 1, 1)
  return new Date(year, month, day + (step === 'week' ? 7 : 1))
}
