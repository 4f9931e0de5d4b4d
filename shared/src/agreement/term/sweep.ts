/**
 * A lender's sweep: a rate a sale, and a minimum a day or month that is caught up with out of the
 * next sales. A fixed sum a day is a minimum without a rate. It ends when its cap is paid, and
 * rests in its holidays.
 */
import { z } from 'zod'
import { periodOf } from '../period.ts'
import { isHoliday, owedMinor } from '../tally.ts'
import { type Asking, least, type Memory, most, notNegative, partOf } from './asking.ts'
import { agreedAccount, basisPoints, period, positiveMinor, termName } from './fields.ts'
import { rate, rateMinor } from './rate.ts'

const atMs = z.number().int().min(0).max(8_640_000_000_000_000)

export const sweep = z.strictObject({
  kind: z.literal('sweep'),
  name: termName,
  account: agreedAccount,
  rate,
  minimum: z
    .strictObject({
      period,
      minor: positiveMinor,
      /** Whether a period's shortfall is owed in the next. */
      carries: z.boolean(),
      /** Part of each sale that may be taken while the minimum is not reached. */
      catchUpBasisPoints: basisPoints.min(1),
    })
    .nullable(),
  /** Until paid off: credits of the account over its life after which nothing is taken. */
  capMinor: positiveMinor.nullable(),
  /** From the one moment to before the other nothing falls due and nothing is taken. */
  holidays: z
    .array(
      z.strictObject({ fromMs: atMs, untilMs: atMs }).refine(each => each.fromMs < each.untilMs),
    )
    .max(50),
})
export type Sweep = z.infer<typeof sweep>

export function sweepMemory(term: Sweep, utcOffsetMinutes: number): Memory {
  const { minimum } = term
  const kind = minimum?.period ?? 'day'
  return {
    period: kind,
    carries: minimum?.carries ?? false,
    dueMinor: () => BigInt(minimum?.minor ?? 0),
    holidays: term.holidays.map(({ fromMs, untilMs }) => ({
      first: periodOf(kind, fromMs, utcOffsetMinutes),
      last: periodOf(kind, untilMs - 1, utcOffsetMinutes),
    })),
  }
}

export function askSweep(term: Sweep, asking: Asking, memory: Memory): bigint {
  const { tally, grossMinor } = asking
  if (tally !== null && isHoliday(memory, tally.period)) return 0n
  const full = most(rateMinor(term.rate, asking), tally === null ? 0n : catchUp())
  if (term.capMinor === null) return full
  return least(full, notNegative(BigInt(term.capMinor) - asking.creditedMinor))

  function catchUp(): bigint {
    if (tally === null || term.minimum === null) return 0n
    const owed = owedMinor(tally, memory, tally.grossMinor)
    return least(owed, partOf(grossMinor, term.minimum.catchUpBasisPoints))
  }
}
