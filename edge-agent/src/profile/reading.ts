/**
 * What sessions and watches see of a machine's points: signals and meters by the profile's names,
 * whatever box they were read from. Pure.
 */
import type { EventFields } from '../journal/event-store.ts'
import { splitPoint } from './fields.ts'
import type { MachineProfile, SignalRule } from './schema.ts'

/** Last known raw values of a port's points; bits are 0 and 1. Null: it cannot be read now. */
export type Points = Readonly<Record<string, bigint | undefined>>
export type PortPoints = Readonly<Record<string, Points | null | undefined>>

/** The machine at one moment. A name is absent while its port cannot be read. */
export type Reading = {
  signals: Readonly<Record<string, boolean>>
  /** Raw, as the machine counts. */
  meters: Readonly<Record<string, bigint>>
}

export const NOTHING_READ: Reading = { signals: {}, meters: {} }

export function readingOf(
  profile: Pick<MachineProfile, 'signals' | 'meters'>,
  ports: PortPoints,
): Reading {
  const signals: Record<string, boolean> = {}
  const meters: Record<string, bigint> = {}
  for (const [name, rule] of Object.entries(profile.signals)) {
    const raw = pointOf(ports, rule.from)
    if (raw !== undefined) signals[name] = holds(rule, raw)
  }
  for (const [name, rule] of Object.entries(profile.meters)) {
    const raw = pointOf(ports, rule.from)
    if (raw !== undefined) meters[name] = raw
  }
  return { signals, meters }
}

function pointOf(ports: PortPoints, ref: string): bigint | undefined {
  const { port, point } = splitPoint(ref)
  return ports[port]?.[point]
}

function holds({ is, not }: SignalRule, raw: bigint): boolean {
  const held = is === undefined ? raw !== 0n : is.some(value => BigInt(value) === raw)
  return held !== not
}

/**
 * The meters of a reading as an event carries them: raw values, and for each its width, `bits.runs`
 * = 32, so that whoever reads a fall can tell a wrap from a counter that was set back.
 */
export function meterFields(
  profile: Pick<MachineProfile, 'meters'>,
  reading: Reading,
): EventFields {
  const widths = Object.keys(reading.meters).flatMap(name => {
    const rule = profile.meters[name]
    return rule === undefined ? [] : [[`bits.${name}`, rule.bits] as const]
  })
  if (widths.length === 0) return {}
  return { meters: { ...reading.meters }, detail: Object.fromEntries(widths) }
}
