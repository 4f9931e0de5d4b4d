/** Whole DDCMP sessions, message by message: nothing twice, nothing lost, list 2 unless asked. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii } from '../testing/samples.ts'
import { NO_CREDENTIALS } from './command.ts'
import type { DdcmpFrame } from './frame.ts'
import { ddcmpFramer } from './framer.ts'
import {
  DDCMP_IDLE,
  type DdcmpConfig,
  type DdcmpEffect,
  type DdcmpInput,
  type DdcmpState,
  stepDdcmp,
} from './session.ts'

const AUDIT = ascii(`DXS*XYZ0000001*VA*V0/6*1\r\n${'PA2*0*0*0*0\r\n'.repeat(60)}DXE*1*1\r\n`)
const carrier: Extract<DdcmpConfig, { role: 'carrier' }> = {
  role: 'carrier',
  credentials: NO_CREDENTIALS,
  at: { year: 2026, month: 11, day: 21, hour: 10, minute: 15, second: 0 },
  collection: null,
  maxAuditBytes: 100_000,
  dataPatienceMs: 10_000,
}
const machine: DdcmpConfig = { role: 'machine', audit: AUDIT, accepts: true }

type Outcome = Extract<DdcmpEffect, { type: 'received' | 'delivered' | 'failed' }>
type Side = 'carrier' | 'machine'
/** What arrives of a message. */
type Wire = (frame: DdcmpFrame, from: Side) => (DdcmpFrame | { kind: 'damaged' })[]

/**
 * Delivers messages in order; when nothing is under way, the side whose timer runs out first hears
 * it. Bytes go through the framer, so that what is tested is what would be sent.
 */
function converse(configs: Record<Side, DdcmpConfig>, wire: Wire = frame => [frame]) {
  const states: Record<Side, DdcmpState> = { carrier: DDCMP_IDLE, machine: DDCMP_IDLE }
  const outcomes: Partial<Record<Side, Outcome>> = {}
  const timers: Partial<Record<Side, number>> = {}
  const underWay: { to: Side; input: DdcmpInput }[] = []
  const sent: { from: Side; frame: DdcmpFrame }[] = []
  let nowMs = 0

  function step(side: Side, input: DdcmpInput): void {
    const next = stepDdcmp(configs[side], states[side], input)
    states[side] = next.state
    for (const effect of next.effects) perform(side, effect)
  }

  function perform(side: Side, effect: DdcmpEffect): void {
    if (effect.type === 'timer') timers[side] = nowMs + effect.ms
    else if (effect.type === 'stop-timer') delete timers[side]
    else if (effect.type === 'send') post(side, effect.bytes)
    else outcomes[side] = effect
  }

  function post(from: Side, bytes: Uint8Array): void {
    for (const frame of ddcmpFramer().push(bytes)) {
      if (frame.kind === 'discarded') expect.fail('we sent rubbish')
      sent.push({ from, frame })
      const to = from === 'carrier' ? 'machine' : 'carrier'
      for (const input of wire(frame, from)) underWay.push({ to, input: { type: 'heard', input } })
    }
  }

  step('machine', { type: 'start' })
  step('carrier', { type: 'start' })
  for (let turn = 0; turn < 5000 && outcomes.carrier === undefined; turn++) {
    const message = underWay.shift()
    if (message !== undefined) {
      step(message.to, message.input)
      continue
    }
    const [next] = Object.entries(timers).sort(([, a], [, b]) => a - b)
    if (next === undefined) break
    const side = next[0] as Side
    nowMs = next[1]
    delete timers[side]
    step(side, { type: 'heard', input: { kind: 'timer' } })
  }
  while (underWay.length > 0) {
    const message = underWay.shift()
    if (message !== undefined) step(message.to, message.input)
  }
  return { ...outcomes, sent, tookMs: nowMs }
}

const received = { type: 'received', audit: AUDIT, list: 'security' }
const failed = (reason: string) => ({ type: 'failed', reason })

describe('a session', () => {
  test('looks at the audit, and says that it has it', () => {
    const talk = converse({ carrier, machine })
    expect(talk.carrier).toEqual(received)
    expect(talk.machine).toEqual({ type: 'delivered', list: 'security' })
  })

  test('collects only when a person asked', () => {
    const collecting = { ...carrier, collection: { requestedBy: 'route person 7' } }
    const talk = converse({ carrier: collecting, machine })
    expect(talk.carrier).toEqual({ ...received, list: 'collection' })
    expect(talk.machine).toEqual({ type: 'delivered', list: 'collection' })
  })

  test('numbers of messages go round at 256', () => {
    const long = ascii('EA1*EC*20230831*1140*126631**8Q\r\n'.repeat(2000))
    const talk = converse({ carrier, machine: { ...machine, audit: long } })
    expect(talk.carrier).toEqual({ ...received, audit: long })
    expect(talk.sent.some(({ frame }) => frame.kind === 'data' && frame.num === 0)).toBe(true)
  })

  test('nobody there: ten calls', () => {
    const talk = converse({ carrier, machine }, () => [])
    expect(talk.carrier).toEqual(failed('silent'))
    expect(talk.sent).toHaveLength(10)
    expect(talk.tookMs).toBe(10_000)
  })

  test('the machine refuses our codes', () => {
    const talk = converse({ carrier, machine: { ...machine, accepts: false } })
    expect(talk.carrier).toEqual(failed('refused'))
  })

  test('an audit without end is broken off', () => {
    const talk = converse({ carrier: { ...carrier, maxAuditBytes: 500 }, machine })
    expect(talk.carrier).toEqual(failed('too-large'))
  })

  test('a machine that starts anew ends the read', () => {
    let pieces = 0
    const talk = converse({ carrier, machine }, (frame, from) => {
      if (from !== 'machine' || frame.kind !== 'data' || ++pieces < 4) return [frame]
      return [{ kind: 'control', type: 'start', reason: 0, rr: 0, num: 0 }]
    })
    expect(talk.carrier).toEqual(failed('restarted'))
  })

  test('a port that closes ends it', () => {
    const started = stepDdcmp(carrier, DDCMP_IDLE, { type: 'start' })
    const { state, effects } = stepDdcmp(carrier, started.state, { type: 'closed' })
    expect(state).toEqual({ phase: 'ended' })
    expect(effects).toContainEqual(failed('closed'))
  })
})

describe('one fault anywhere does not cost the audit', () => {
  const count = converse({ carrier, machine }).sent.length
  const faults: Record<string, Wire> = {
    lost: () => [],
    damaged: frame => (frame.kind === 'data' ? [{ kind: 'damaged' }] : []),
    'said twice': frame => [frame, frame],
  }
  test.each(Object.entries(faults))('%s', (_name, fault) => {
    for (let at = 0; at < count; at++) {
      let seen = 0
      const wire: Wire = (frame, from) => (seen++ === at ? fault(frame, from) : [frame])
      expect([at, converse({ carrier, machine }, wire).carrier]).toEqual([at, received])
    }
  })
})

test('messages lost, damaged, repeated by chance: the audit or a failure, never wrong', () => {
  const chance = fc.infiniteStream(fc.integer({ min: 0, max: 99 }))
  fc.assert(
    fc.property(chance, fc.integer({ min: 0, max: 40 }), (dice, percent) => {
      const wire: Wire = frame => {
        if (Number(dice.next().value) >= percent) return [frame]
        const kind = Number(dice.next().value) % 3
        if (kind === 0) return []
        if (kind === 1) return [frame, frame]
        return frame.kind === 'data' ? [{ kind: 'damaged' }] : []
      }
      const { carrier: outcome } = converse({ carrier, machine }, wire)
      if (outcome?.type !== 'failed') expect(outcome).toEqual(received)
    }),
    { numRuns: 300 },
  )
})
