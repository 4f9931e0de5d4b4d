/**
 * What a gateway remembers of its bridge, and which facts follow from what it hears. The memory has
 * to be on the disk together with the facts: it says which events were taken, and what the counters
 * and contacts were then, so that nothing is told twice and nothing is forgotten over a restart.
 */
import { type BridgeMessageOf, CONTACT_ROLES } from './message.ts'

/** Plain values, to be written as JSON. */
export type BridgeMemory = {
  unit: number
  boot: number
  /** Number of the last event taken. */
  received: number
  /** Raw value of each counter, by input. */
  counters: Readonly<Record<string, number>>
  /** A counter that is not in `counters` began at zero when we already looked. */
  fromZero: boolean
  contacts: Readonly<Record<string, boolean>>
  /** Changes of contacts that found no room in the bridge since its start, as far as told. */
  lostChanges: number
}

export type ContactRole = keyof typeof CONTACT_ROLES

export type BridgeFact =
  /** A bridge was met first, started again, or was put in another's place (`unit` differs). */
  | {
      type: 'started'
      unit: number
      boot: number
      firmware: string
      /** False: its counters begin at zero, which opens a new epoch for each meter. */
      keepsCounters: boolean
      previous: { unit: number; boot: number } | null
    }
  /** `added`: pulses since the last fact of this counter, 0 for its first one. */
  | {
      type: 'pulses'
      input: number
      added: number
      raw: number
      /** Width of the counter; it wraps to zero. */
      bits: number
      /** Length of the newest pulse; 65535 for longer ones. */
      lengthMs: number
      /** Of the bridge, since its start. */
      uptimeMs: number
    }
  /** Active: the door is open, the tamper contact broken. The first state of each is told too. */
  | { type: 'contact'; role: ContactRole; input: number; active: boolean; uptimeMs: number }
  /** Events that somebody else took, or changes of contacts that found no room: gone for good. */
  | { type: 'lost'; what: 'events' | 'changes'; count: number }

export type Taken = { memory: BridgeMemory; facts: BridgeFact[] }
export type BridgeEvent = BridgeMessageOf<'pulse'> | BridgeMessageOf<'contact'>

const TWO_32 = 2 ** 32

/** How far `to` lies behind `from` on the circle of 32 bits; negative when it lies before it. */
export function distance(from: number, to: number): number {
  return (to - from) | 0
}

/** What an answer to `hello` tells. */
export function meet(memory: BridgeMemory | null, welcome: BridgeMessageOf<'welcome'>): Taken {
  const before = (welcome.first + TWO_32 - 1) % TWO_32
  if (memory === null) return { memory: fresh(welcome, before), facts: [started(null, welcome)] }
  if (memory.unit === welcome.unit && memory.boot === welcome.boot) {
    const missing = distance(memory.received, before)
    if (missing <= 0) return { memory, facts: [] }
    return { memory: { ...memory, received: before }, facts: lost('events', missing) }
  }
  const facts = [started(memory, welcome), ...lost('events', before)]
  const next = fresh(welcome, before)
  if (memory.unit !== welcome.unit) return { memory: next, facts }
  const { counters, contacts } = memory
  const kept = welcome.keepsCounters === 1 ? { counters, fromZero: memory.fromZero } : FROM_ZERO
  return { memory: { ...next, contacts, ...kept }, facts }
}

const FROM_ZERO = { counters: {}, fromZero: true }

function fresh({ unit, boot }: BridgeMessageOf<'welcome'>, received: number): BridgeMemory {
  return { unit, boot, received, counters: {}, fromZero: false, contacts: {}, lostChanges: 0 }
}

function started(
  previous: BridgeMemory | null,
  { unit, boot, firmware, keepsCounters }: BridgeMessageOf<'welcome'>,
): BridgeFact {
  return {
    type: 'started',
    unit,
    boot,
    firmware,
    keepsCounters: keepsCounters === 1,
    previous: previous && { unit: previous.unit, boot: previous.boot },
  }
}

function lost(what: 'events' | 'changes', count: number): BridgeFact[] {
  return count > 0 ? [{ type: 'lost', what, count }] : []
}

/** The next event in order. What it only repeats, as after `hello`, is no fact. */
export function takeEvent(memory: BridgeMemory, event: BridgeEvent): Taken {
  const next = { ...memory, received: event.number }
  return event.type === 'pulse' ? takePulse(next, event) : takeContact(next, event)
}

function takePulse(memory: BridgeMemory, event: BridgeMessageOf<'pulse'>): Taken {
  const { input, raw, bits, lengthMs, uptimeMs } = event
  const known = memory.counters[input] ?? (memory.fromZero ? 0 : undefined)
  const width = 2 ** bits
  const added = known === undefined ? 0 : (((raw - known) % width) + width) % width
  const isNews = added > 0 || memory.counters[input] === undefined
  return {
    memory: { ...memory, counters: { ...memory.counters, [input]: raw } },
    facts: isNews ? [{ type: 'pulses', input, added, raw, bits, lengthMs, uptimeMs }] : [],
  }
}

function takeContact(memory: BridgeMemory, event: BridgeMessageOf<'contact'>): Taken {
  const { input, uptimeMs } = event
  const active = event.active === 1
  const role = roleOf(event.role)
  if (role === undefined || memory.contacts[input] === active) return { memory, facts: [] }
  return {
    memory: { ...memory, contacts: { ...memory.contacts, [input]: active } },
    facts: [{ type: 'contact', role, input, active, uptimeMs }],
  }
}

/** Undefined for a role of a later version. */
function roleOf(code: number): ContactRole | undefined {
  if (code === CONTACT_ROLES.door) return 'door'
  return code === CONTACT_ROLES.tamper ? 'tamper' : undefined
}

/** A heartbeat says how many changes were lost so far. */
export function takeLosses(
  memory: BridgeMemory,
  { lostChanges }: BridgeMessageOf<'heartbeat'>,
): Taken {
  const count = lostChanges - memory.lostChanges
  if (count === 0) return { memory, facts: [] }
  return { memory: { ...memory, lostChanges }, facts: lost('changes', count) }
}
