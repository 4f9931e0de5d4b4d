/**
 * A share in tiers: of a period's gross each band has its own part. A sale that crosses into the
 * next band pays by both, so no sale is better or worse for being split in two.
 */
import { z } from 'zod'
import { type Asking, type Memory, notNegative, partOf } from './asking.ts'
import { agreedAccount, basisPoints, minor, period, termName } from './fields.ts'

export const tiers = z.strictObject({
  kind: z.literal('tiers'),
  name: termName,
  account: agreedAccount,
  period,
  /** Bands in ascending order; the first begins at 0. */
  bands: z
    .array(z.strictObject({ fromMinor: minor, basisPoints }))
    .min(1)
    .max(20)
    .refine(isAscending, 'must begin at 0 and ascend'),
})
export type Tiers = z.infer<typeof tiers>

export const tiersMemory = (term: Tiers): Memory => ({
  period: term.period,
  carries: false,
  dueMinor: () => 0n,
  holidays: [],
})

export function askTiers(term: Tiers, { tally, grossMinor }: Asking): bigint {
  const before = tally?.grossMinor ?? 0n
  return upTo(term, before + grossMinor) - upTo(term, before)
}

/** All bands' parts of a period's gross. */
function upTo({ bands }: Tiers, grossMinor: bigint): bigint {
  return bands.reduce((sum, { fromMinor, basisPoints: points }, at) => {
    const next = bands[at + 1]
    const end = next === undefined || BigInt(next.fromMinor) > grossMinor
    const inBand = (end ? grossMinor : BigInt(next.fromMinor)) - BigInt(fromMinor)
    return sum + partOf(notNegative(inBand), points)
  }, 0n)
}

function isAscending(bands: readonly { fromMinor: string }[]): boolean {
  const rises = bands.every(
    (each, at) => at === 0 || BigInt(each.fromMinor) > BigInt(bands[at - 1]?.fromMinor ?? 0),
  )
  return bands[0]?.fromMinor === '0' && rises
}
