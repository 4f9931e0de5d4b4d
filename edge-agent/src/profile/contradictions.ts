/**
 * What a schema cannot see: names that point nowhere, drivers that do not speak what a session
 * needs, counters whose width differs from their register map. Pure; all faults at once.
 */
import type { ModbusProfile } from '@tillproof/firmware-bridge/modbus/profile.ts'
import { type PointTraits, type Speech, traitsOf } from './driver-traits.ts'
import { splitPoint } from './fields.ts'
import type { MachineProfile } from './schema.ts'
import type { Deed, RentalRules } from './sessions.ts'

/** Register maps of the ports that have one, by port. */
export type RegisterMaps = Readonly<Record<string, ModbusProfile | undefined>>

type Check = { profile: MachineProfile; maps: RegisterMaps; faults: string[] }

/** One line for each contradiction, each beginning with its place in the file. */
export function contradictionsOf(profile: MachineProfile, maps: RegisterMaps): string[] {
  const check: Check = { profile, maps, faults: [] }
  checkPorts(check)
  checkPoints(check)
  checkSession(check)
  checkWatch(check)
  checkCorroboration(check)
  return check.faults
}

function checkPorts({ profile, faults }: Check): void {
  for (const [name, port] of Object.entries(profile.ports)) {
    const place = `ports.${name}`
    const { hasMap = false } = traitsOf(port.driver)
    if (hasMap && port.map === undefined) {
      faults.push(`${place}.map: driver ${port.driver} needs a register map`)
    }
    if (!hasMap && port.map !== undefined) {
      faults.push(`${place}.map: driver ${port.driver} takes no register map`)
    }
  }
  if (profile.codes !== undefined) speaks({ profile, faults }, 'codes', profile.codes, ['codes'])
  if (profile.audit) speaks({ profile, faults }, 'audit.port', profile.audit.port, ['audit'])
}

function checkPoints(check: Check): void {
  const { signals, meters } = check.profile
  for (const [name, { from }] of Object.entries(signals)) pointAt(check, `signals.${name}`, from)
  for (const [name, { from, bits }] of Object.entries(meters)) {
    const point = pointAt(check, `meters.${name}`, from)
    if (point === undefined) continue
    if (point.bits === undefined) check.faults.push(`meters.${name}: ${from} is no counter`)
    else if (point.bits !== bits) {
      check.faults.push(`meters.${name}.bits: ${from} has ${point.bits} bits, not ${bits}`)
    }
  }
}

function checkSession(check: Check): void {
  const { session, offers, codes } = check.profile
  if (session.kind === 'vending') speaks(check, 'session.reader', session.reader, ['vend'])
  if (session.kind === 'observed') {
    speaks(check, 'session.watches', session.watches, ['sales'])
  }
  if (session.kind === 'rental') checkRental(check, session)
  if (offers !== undefined && session.kind !== 'rental') {
    check.faults.push(`offers: a session of kind ${session.kind} rents nothing out`)
  }
  if (codes !== undefined && (session.kind === 'observed' || session.kind === 'none')) {
    check.faults.push(`codes: a session of kind ${session.kind} takes no vouchers`)
  }
}

function checkRental(check: Check, rules: RentalRules): void {
  const { faults, profile } = check
  signalNamed(check, 'session.serving', rules.serving)
  if (rules.fault !== undefined) signalNamed(check, 'session.fault', rules.fault)
  for (const held of rules.heldBy) signalNamed(check, 'session.heldBy', held)
  if (rules.runs !== undefined && profile.meters[rules.runs] === undefined) {
    faults.push(`session.runs: there is no meter ${rules.runs}`)
  }
  if (rules.timedBy === 'agent' && rules.stop.length === 0) {
    faults.push('session.stop: the agent ends the run, so it has to know how')
  }
  if (rules.timedBy === 'machine' && rules.heldBy.length > 0) {
    faults.push('session.heldBy: the machine ends the run by itself')
  }
  if (rules.sold !== undefined && profile.meters[rules.sold.meter] === undefined) {
    faults.push(`session.sold.meter: there is no meter ${rules.sold.meter}`)
  }
  const sellsUnits = profile.offers?.some(({ units }) => units !== undefined) === true
  if (sellsUnits && rules.sold === undefined) faults.push('offers: session.sold says no unit')
  const deeds = [...rules.start, ...rules.stop]
  for (const deed of deeds) writableAt(check, deed)
  if (rules.startAgain && rules.start.some(deed => 'pulseEachMinutes' in deed)) {
    faults.push('session.startAgain: pulses that are sent again buy again; say false')
  }
}

function writableAt(check: Check, deed: Deed): void {
  const point = pointAt(check, 'session', deed.point)
  if (point === undefined || point.writable === true) return
  check.faults.push(`session: ${deed.point} cannot be written`)
}

function checkWatch(check: Check): void {
  const { contacts, position } = check.profile.watch
  for (const { signal } of contacts) signalNamed(check, 'watch.contacts', signal)
  if (position !== undefined) speaks(check, 'watch.position.port', position.port, ['position'])
}

function checkCorroboration(check: Check): void {
  const { profile, faults } = check
  profile.corroboration.forEach(({ by, of }, at) => {
    const place = `corroboration.${at}.of`
    if (by === 'meter' && profile.meters[of] === undefined) {
      faults.push(`${place}: there is no meter ${of}`)
    }
    if (by === 'signal') signalNamed(check, place, of)
    if (by === 'audit' && profile.audit === undefined) faults.push(`${place}: there is no audit`)
    if (by === 'position' && profile.watch.position === undefined) {
      faults.push(`${place}: no position is watched`)
    }
  })
}

function signalNamed({ profile, faults }: Check, place: string, signal: string): void {
  if (profile.signals[signal] === undefined) faults.push(`${place}: there is no signal ${signal}`)
}

function speaks(
  { profile, faults }: Pick<Check, 'profile' | 'faults'>,
  place: string,
  portName: string,
  wanted: readonly Speech[],
): void {
  const port = profile.ports[portName]
  if (port === undefined) {
    faults.push(`${place}: there is no port ${portName}`)
    return
  }
  if (traitsOf(port.driver).speaks.some(it => wanted.includes(it))) return
  faults.push(`${place}: driver ${port.driver} of port ${portName} does not speak ${wanted[0]}`)
}

/** The point's traits, or undefined and a fault. */
function pointAt(check: Check, place: string, ref: string): PointTraits | undefined {
  const { port: portName, point: pointName } = splitPoint(ref)
  const port = check.profile.ports[portName]
  if (port === undefined) {
    check.faults.push(`${place}: there is no port ${portName}`)
    return undefined
  }
  const traits = traitsOf(port.driver)
  const map = check.maps[portName]
  if (traits.hasMap && map === undefined) return undefined
  const point = map === undefined ? traits.points?.[pointName] : mappedPoint(map, pointName)
  if (point === undefined) check.faults.push(`${place}: ${portName} has no point ${pointName}`)
  return point
}

function mappedPoint(map: ModbusProfile, name: string): PointTraits | undefined {
  const register = map.registers[name]
  if (register !== undefined) {
    const { counterBits: bits, writable } = register
    return bits === undefined ? { writable } : { bits, writable }
  }
  const bit = map.bits[name]
  return bit && { writable: bit.writable }
}
