/** What a look means for a rental: begun, used up, how much was used, what is owed. Pure. */
import { counterDelta } from '@tillproof/firmware-bridge/modbus/decode.ts'
import type { DetailValue } from '@tillproof/shared/event/event.ts'
import type { EventFields } from '../journal/event-store.ts'
import type { SavedSale } from './machine.ts'
import type { Deed, Look, TimedRules } from './timed-rules.ts'
import type { TimedWrite } from './timed-state.ts'

/** It serves, or its run meter has moved since the approval. */
export function hasBegun(rules: TimedRules, look: Look, { figures }: SavedSale): boolean {
  const { serving, runs } = rules
  if (look.signals[serving] === true) return true
  const before = runs === undefined ? undefined : figures.before?.[runs]
  return before !== undefined && look.meters[runs ?? ''] !== BigInt(before)
}

export function isFaulty({ fault }: TimedRules, look: Look): boolean {
  return fault !== undefined && look.signals[fault] === true
}

/** The paid minutes by our clock, or the paid units by the machine's meter. */
export function isUsedUp(rules: TimedRules, look: Look, saved: SavedSale, nowMs: number): boolean {
  const endMs = endsAtMs(saved)
  if (endMs !== null && nowMs >= endMs) return true
  const { units } = saved.figures
  const counts = countsUsed(rules, saved, look)
  if (units === undefined || counts === null || rules.sold === undefined) return false
  return counts >= BigInt(units) * BigInt(rules.sold.perUnit)
}

export function isHeld({ heldBy }: TimedRules, { signals }: Look): boolean {
  return heldBy.some(name => signals[name] === true)
}

/** Wall time at which the paid minutes are over; null when none were bought. */
export function endsAtMs({ approvedAtMs, figures }: SavedSale): number | null {
  return figures.minutes === undefined ? null : approvedAtMs + figures.minutes * 60_000
}

/** Counts of the sold meter since the approval, wraps included; null when it fell or is unknown. */
export function countsUsed(rules: TimedRules, saved: SavedSale, look: Look): bigint | null {
  if (rules.sold === undefined) return null
  const { meter } = rules.sold
  const bits = rules.meters[meter]?.bits
  const [before, after] = [saved.figures.before?.[meter], look.meters[meter]]
  if (bits === undefined || before === undefined || after === undefined) return null
  const used = counterDelta(BigInt(before), after, bits)
  // More than half a turn forward is a step back: the meter was set anew in between.
  return used < 1n << BigInt(bits - 1) ? used : null
}

/** What is owed: all of it, or what the used units cost where that is less, rounded down. */
export function owedMinor(rules: TimedRules, saved: SavedSale, look: Look): bigint {
  const depositMinor = BigInt(saved.amountMinor)
  const { unitPriceMinor } = saved.figures
  const counts = countsUsed(rules, saved, look)
  if (unitPriceMinor === undefined || counts === null || rules.sold === undefined) {
    return depositMinor
  }
  const costMinor = (counts * BigInt(unitPriceMinor)) / BigInt(rules.sold.perUnit)
  return costMinor < depositMinor ? costMinor : depositMinor
}

/** The meters as they stand, raw; how wide each is, and with a sale how much of it was used. */
export function meterFields(rules: TimedRules, look: Look, saved?: SavedSale): EventFields {
  const detail: Record<string, DetailValue> = {}
  for (const [name, { bits }] of Object.entries(rules.meters)) detail[`bits.${name}`] = bits
  const counts = saved === undefined ? null : countsUsed(rules, saved, look)
  if (counts !== null && rules.sold !== undefined) {
    detail.used = Number(counts) / rules.sold.perUnit
    detail.unit = rules.sold.unit
  }
  const names = Object.keys(rules.meters)
  const meters = Object.fromEntries(names.map(name => [name, look.meters[name] ?? 0n]))
  return { port: rules.port, meters, detail }
}

/** The raw meters as text, for the state that survives a power cut. */
export function metersText(rules: TimedRules, look: Look): Record<string, string> {
  const names = Object.keys(rules.meters)
  return Object.fromEntries(names.map(name => [name, String(look.meters[name] ?? 0n)]))
}

/** The deeds with what was bought in place of the words for it; fractions are rounded up. */
export function writesOf(deeds: readonly Deed[], figures: SavedSale['figures']): TimedWrite[] {
  const { minutes = 0, units = 0 } = figures
  const bought = { minutes: Math.ceil(minutes), seconds: Math.ceil(minutes * 60), units }
  return deeds.map(deed => {
    const { point } = deed
    if ('value' in deed) {
      return { point, value: typeof deed.value === 'number' ? deed.value : bought[deed.value] }
    }
    const pulses = Math.ceil(minutes / deed.pulseEachMinutes)
    return { point, pulses, widthMs: deed.widthMs }
  })
}
