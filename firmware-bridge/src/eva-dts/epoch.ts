/**
 * Two audits of one machine, in the order they were read: is it still the same life of its meters?
 *
 * Lifetime meters never fall. A fall, or another date of initialisation, means that the controller
 * was exchanged, wiped or tampered with: the meters begin a new epoch, and somebody should look.
 */
import type { Audit } from './audit.ts'
import type { AuditEvent } from './events.ts'

/** Value of all vends, cash vends, cash in, collections, reads, power cuts. */
export const NEVER_FALL = ['VA101', 'CA201', 'CA305', 'EA301', 'EA309', 'EA702'] as const

/** What of an audit tells whether its meters still live the same life. */
export type MeterLife = {
  machine: Pick<Audit['machine'], 'serial'>
  meters: Audit['meters']
  events: readonly Pick<AuditEvent, 'kind' | 'at'>[]
}

export type EpochAlert =
  | { kind: 'fell'; element: string; from: bigint; to: bigint }
  | { kind: 'initialised'; from: string | null; to: string | null }
  | { kind: 'other-machine'; from: string; to: string }

/** No alerts: the same epoch. `other-machine` means that the two must not be compared at all. */
export function compareAudits(before: MeterLife, after: MeterLife): EpochAlert[] {
  const [from, to] = [before.machine.serial, after.machine.serial]
  if (from !== to) return [{ kind: 'other-machine', from, to }]
  return [...fallen(before, after), ...initialised(before, after)]
}

function fallen(before: MeterLife, after: MeterLife): EpochAlert[] {
  return [...NEVER_FALL, ...intervalMeters(before, after)].flatMap(element => {
    const [from, to] = [before.meters.get(element), after.meters.get(element)]
    if (from === undefined || to === undefined || to >= from) return []
    return [{ kind: 'fell' as const, element, from, to }]
  })
}

/** Power cuts since the collection may fall by a collection only, which EA301 would count. */
function intervalMeters(before: MeterLife, after: MeterLife): string[] {
  return before.meters.get('EA301') === after.meters.get('EA301') ? ['EA701'] : []
}

function initialised(before: MeterLife, after: MeterLife): EpochAlert[] {
  const [from, to] = [initialisedAt(before), initialisedAt(after)]
  return from === to || to === null ? [] : [{ kind: 'initialised', from, to }]
}

function initialisedAt(audit: MeterLife): string | null {
  return audit.events.find(({ kind }) => kind === 'initialised')?.at ?? null
}
