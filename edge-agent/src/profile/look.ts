/**
 * What sessions and watches see of a machine: signals and meters by the profile's names, whatever
 * box they were read from. Pure.
 */
import type { EventFields } from '../journal/event-store.ts'
import type { Look } from '../session/timed-rules.ts'
import { splitPoint } from './fields.ts'
import type { MachineProfile, SignalRule } from './schema.ts'

/** Raw values of a port's points by their own names; bits are 0 and 1. */
export type Points = Readonly<Record<string, bigint | undefined>>
/** By port; nothing while a port cannot be read. */
export type PortPoints = ReadonlyMap<string, Points>

/** All that can be read now: a name is absent while its port cannot be. */
export function lookAt(
  profile: Pick<MachineProfile, 'signals' | 'meters'>,
  ports: PortPoints,
): Look {
  const look: Look = { signals: {}, meters: {} }
  for (const [name, rule] of Object.entries(profile.signals)) {
    const raw = pointOf(ports, rule.from)
    if (raw !== undefined) look.signals[name] = holds(rule, raw)
  }
  for (const [name, rule] of Object.entries(profile.meters)) {
    const raw = pointOf(ports, rule.from)
    if (raw !== undefined) look.meters[name] = raw
  }
  return look
}

function pointOf(ports: PortPoints, ref: string): bigint | undefined {
  const { port, point } = splitPoint(ref)
  return ports.get(port)?.[point]
}

function holds({ is, not }: SignalRule, raw: bigint): boolean {
  const held = is === undefined ? raw !== 0n : is.some(value => BigInt(value) === raw)
  return held !== not
}

/**
 * Meters as an event carries them: raw values, and for each its width, `bits.runs` = 32, so that
 * whoever reads a fall can tell a wrap from a counter that was set back.
 */
export function meterFields(profile: Pick<MachineProfile, 'meters'>, look: Look): EventFields {
  const known = Object.keys(look.meters).filter(name => profile.meters[name] !== undefined)
  const widths = known.map(name => [`bits.${name}`, profile.meters[name]?.bits ?? 0] as const)
  return { meters: { ...look.meters }, detail: Object.fromEntries(widths) }
}
