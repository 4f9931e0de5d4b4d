/** What a bridge's memory says as points and as facts of the log. Pure. */
import type { BridgeFact, BridgeMemory } from '@tillproof/firmware-bridge/bridge/memory.ts'
import type { EventDraft } from '../journal/event-store.ts'
import type { Points } from '../profile/look.ts'

/** `pulses0` … raw counters, `contact0` … 1 while active, by the board's own numbers. */
export function pointsOfBridge({ counters, contacts }: BridgeMemory): Points {
  return Object.fromEntries([
    ...Object.entries(counters).map(([input, raw]) => [`pulses${input}`, BigInt(raw)]),
    ...Object.entries(contacts).map(([input, active]) => [`contact${input}`, BigInt(active)]),
  ])
}

/**
 * Counters as meters, the newest value of each. Contacts are told by the machine's watch, which
 * knows what they mean. A board that began anew or lost something says so itself.
 */
export function eventsOfBridge(port: string, facts: readonly BridgeFact[]): EventDraft[] {
  const meters: Record<string, bigint> = {}
  const detail: Record<string, number> = {}
  const events: EventDraft[] = []
  for (const fact of facts) {
    if (fact.type === 'pulses') {
      meters[`pulses${fact.input}`] = BigInt(fact.raw)
      detail[`bits.pulses${fact.input}`] = fact.bits
    } else if (fact.type === 'started') events.push(started(port, fact))
    else if (fact.type === 'lost') events.push(lost(port, fact))
  }
  if (Object.keys(meters).length === 0) return events
  return [...events, { kind: 'meter.read', fields: { port, meters, detail } }]
}

function started(port: string, fact: Extract<BridgeFact, { type: 'started' }>): EventDraft {
  const { unit, boot, firmware, keepsCounters, previous } = fact
  const other = previous !== null && previous.unit !== unit
  const detail = { name: 'bridge.started', unit, boot, firmware, keepsCounters, otherBoard: other }
  return { kind: 'custom', fields: { port, detail } }
}

function lost(port: string, fact: Extract<BridgeFact, { type: 'lost' }>): EventDraft {
  const detail = { name: 'bridge.lost', what: fact.what, count: fact.count }
  return { kind: 'custom', fields: { port, detail } }
}
