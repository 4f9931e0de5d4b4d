/**
 * What the cross-checks of one machine's log found, as incidents that a person closes with a
 * reason. Pure. Each names the events and meters that a stranger can look up in the signed log.
 */
import { type Alarm, alarmsOf } from '@tillproof/shared/attest/cusum.ts'
import { type Fix, leapsOf } from '@tillproof/shared/attest/places.ts'
import type { Window } from '@tillproof/shared/attest/windows.ts'
import type { Witness } from '@tillproof/shared/attest/witness.ts'
import type { WatchedIncident } from '../../machines/incidents/incident.ts'

/** All windows of a machine that ended on one day (UTC). */
export type WitnessedDay = {
  fromIndex: number
  toIndex: number
  valueBefore: bigint
  valueAfter: bigint
  sales: number
  error: bigint
}

/** A meter that leaks slowly, on either side. */
export function driftsOf({ meter }: Witness, days: readonly WitnessedDay[]): WatchedIncident[] {
  return alarmsOf(days).flatMap(alarm => driftOf(meter, alarm, days))
}

const KINDS = { unsold: 'goods-unsold', phantom: 'sales-phantom' } as const

function driftOf(
  meter: string,
  { side, first, last, pieces }: Alarm,
  days: readonly WitnessedDay[],
): WatchedIncident[] {
  const span = days.slice(first, last + 1)
  const [begin, end] = [span.at(0), span.at(-1)]
  if (begin === undefined || end === undefined) return []
  const detail = {
    meter,
    pieces: Number(pieces),
    sales: span.reduce((sum, { sales }) => sum + sales, 0),
    days: span.length,
    fromIndex: begin.fromIndex,
    toIndex: end.toIndex,
    meterBefore: String(begin.valueBefore),
    meterAfter: String(end.valueAfter),
  }
  // The day goes on after its alarm; where it began stays.
  return [{ kind: KINDS[side], subject: meter, index: end.fromIndex, detail }]
}

/**
 * Meters that fell though they never do, and the machine kept silent about it.
 * @param toldUntil place in the log of the last fall that the machine told itself
 */
export function silentFallsOf(
  { meter, falls }: Witness,
  windows: readonly Window[],
  toldUntil: number,
): WatchedIncident[] {
  if (falls === 'may') return []
  const fallen = windows.filter(({ rise, from }) => rise === null && from.index > toldUntil)
  return fallen.map(({ from, to }) => ({
    kind: 'meter-epoch',
    subject: `silent:${meter}`,
    index: to.index,
    detail: {
      meter,
      fromIndex: from.index,
      meterBefore: String(from.value),
      meterAfter: String(to.value),
    },
  }))
}

/** @param fixes from the last one that was looked at before */
export function placesOf(fixes: readonly Fix[]): WatchedIncident[] {
  return leapsOf(fixes).map(({ from, to, metres, seconds }) => ({
    kind: 'two-places',
    subject: '',
    index: to.index,
    detail: {
      metres,
      seconds,
      fromIndex: from.index,
      from: { latitudeE7: from.latitudeE7, longitudeE7: from.longitudeE7 },
      position: { latitudeE7: to.latitudeE7, longitudeE7: to.longitudeE7 },
    },
  }))
}

/** What was sold since the door was last moved: it opens for every refill. */
export type SinceDoor = { atMs: number; sales: number; firstBeyond: number | null }

export function holdOf(
  { stock, door }: { stock: number; door: string },
  { atMs, sales, firstBeyond }: SinceDoor,
): WatchedIncident[] {
  if (firstBeyond === null) return []
  const detail = { door, doorAtMs: atMs, stock, sales }
  return [{ kind: 'more-than-held', subject: `${door}@${atMs}`, index: firstBeyond, detail }]
}
