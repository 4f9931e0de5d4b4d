/** The gateway's session with a bridge: order, repetition, restarts, silence, commands. */
import { expect, test } from 'vitest'
import { bridgeFramer } from './framer.ts'
import type { BridgeMemory } from './memory.ts'
import type { BridgeMessage, BridgeMessageOf } from './message.ts'
import { stepBridge } from './session.ts'
import {
  type BridgeEffect,
  type BridgeInput,
  type BridgeState,
  newBridge,
} from './session-state.ts'

const SESSION = 0x11223344
const WELCOME: BridgeMessageOf<'welcome'> = {
  ...{ type: 'welcome', version: 1, session: SESSION, unit: 9, boot: 7, first: 1 },
  ...{ uptimeMs: 100, keepsCounters: 0, firmware: '1.0.0' },
}
const HEARTBEAT: BridgeMessageOf<'heartbeat'> = {
  ...{ type: 'heartbeat', boot: 7, session: SESSION, uptimeMs: 1000, next: 1 },
  ...{ lostChanges: 0, badFrames: 0, unknownTypes: 0, firmware: '1.0.0' },
}
const pulse = (number: number, raw: number, more: object = {}): BridgeMessageOf<'pulse'> => ({
  ...{ type: 'pulse', boot: 7, number, uptimeMs: 500, input: 0, bits: 16, raw, lengthMs: 50 },
  ...more,
})
const contact = (number: number, active: number, role = 1): BridgeMessage => ({
  ...{ type: 'contact', boot: 7, number, uptimeMs: 600, input: 3, role, active },
})
const MEMORY: BridgeMemory = {
  ...{ unit: 9, boot: 7, received: 5, counters: { 0: 100 }, fromZero: false },
  ...{ contacts: { 3: false }, lostChanges: 0 },
}

/** A session whose effects can be asked for by kind. */
function gateway(memory: BridgeMemory | null = null) {
  let state: BridgeState = newBridge(SESSION, memory)
  let effects: BridgeEffect[] = []
  const feed = (input: BridgeInput) => {
    const step = stepBridge(state, input)
    state = step.state
    effects = step.effects
  }
  return {
    feed,
    state: () => state,
    hear(...messages: BridgeMessage[]) {
      const all = messages.flatMap(message => {
        feed({ type: 'heard', frame: { kind: 'message', message } })
        return effects
      })
      effects = all
    },
    /** The disk took everything. */
    keep() {
      if (state.memory) feed({ type: 'kept', memory: state.memory })
    },
    sent: () =>
      effects
        .flatMap(it => (it.type === 'send' ? bridgeFramer().push(it.bytes) : []))
        .map(frame => frame.kind === 'message' && frame.message),
    facts: () => effects.flatMap(it => (it.type === 'keep' ? it.facts : [])),
    kinds: () => effects.map(it => it.type),
    switched: () => effects.filter(it => it.type === 'switched'),
    gnss: () => effects.filter(it => it.type === 'gnss'),
  }
}

function talking(memory: BridgeMemory | null = MEMORY) {
  const it = gateway(memory)
  it.feed({ type: 'opened' })
  it.hear({ ...WELCOME, first: 6 })
  return it
}

test('a stranger is greeted until it answers, then told as started', () => {
  const it = gateway()
  it.feed({ type: 'opened' })
  const hello = { type: 'hello', version: 1, session: SESSION, unit: 0, boot: 0, received: 0 }
  expect(it.sent()).toEqual([hello])
  it.feed({ type: 'timer', id: 'hello' })
  expect(it.sent()).toEqual([hello])
  it.hear({ ...WELCOME, session: 1 })
  expect(it.state().phase).toBe('greeting')
  it.hear(WELCOME)
  expect(it.kinds()).toContain('connected')
  expect(it.facts()).toEqual([
    {
      ...{ type: 'started', unit: 9, boot: 7, firmware: '1.0.0', keepsCounters: false },
      previous: null,
    },
  ])
})

test('an event is acknowledged when it is kept, not before', () => {
  const it = talking()
  it.hear(pulse(6, 103))
  expect(it.facts()).toEqual([
    { type: 'pulses', input: 0, added: 3, raw: 103, bits: 16, lengthMs: 50, uptimeMs: 500 },
  ])
  expect(it.sent()).toEqual([])
  it.keep()
  expect(it.sent()).toEqual([{ type: 'ack', boot: 7, received: 6 }])
})

test('what comes again is acknowledged again as far as it is kept, and is no fact', () => {
  const it = talking()
  it.hear(pulse(6, 103), pulse(6, 103), pulse(5, 100))
  expect(it.facts()).toHaveLength(1)
  expect(it.sent()).toEqual([
    { type: 'ack', boot: 7, received: 5 },
    { type: 'ack', boot: 7, received: 5 },
  ])
})

test('an event too far ahead waits until those before it came', () => {
  const it = talking()
  it.hear(pulse(7, 104))
  expect(it.facts()).toEqual([])
  it.hear(pulse(6, 103), pulse(7, 104))
  expect(it.facts()).toMatchObject([{ added: 3 }, { added: 1 }])
})

test('numbers and counters wrap', () => {
  const memory = { ...MEMORY, received: 0xffffffff, counters: { 0: 65_535 } }
  const it = gateway(memory)
  it.feed({ type: 'opened' })
  it.hear({ ...WELCOME, first: 0 }, pulse(0, 1))
  expect(it.facts()).toMatchObject([{ added: 2, raw: 1 }])
})

test('the first reading of a counter adds nothing; a repeated one is no fact', () => {
  const it = talking({ ...MEMORY, counters: {} })
  it.hear(pulse(6, 5000), pulse(7, 5000), pulse(8, 5001))
  expect(it.facts()).toMatchObject([
    { added: 0, raw: 5000 },
    { added: 1, raw: 5001 },
  ])
})

test('contacts are told when they change; roles of a later version are passed over', () => {
  const it = talking()
  it.hear(contact(6, 0), contact(7, 1), contact(8, 1), contact(9, 0, 2), contact(10, 1, 77))
  expect(it.facts()).toMatchObject([
    { type: 'contact', role: 'door', active: true },
    { type: 'contact', role: 'tamper', active: false },
  ])
  it.keep()
  expect(it.sent()).toEqual([{ type: 'ack', boot: 7, received: 10 }])
})

test('a restarted gateway goes on where its disk is', () => {
  const it = talking()
  expect(it.facts()).toEqual([])
  it.hear(pulse(6, 101))
  expect(it.facts()).toMatchObject([{ added: 1 }])
})

test('an older disk learns how many events are gone', () => {
  const it = gateway(MEMORY)
  it.feed({ type: 'opened' })
  it.hear({ ...WELCOME, first: 9 })
  expect(it.facts()).toEqual([{ type: 'lost', what: 'events', count: 3 }])
  it.hear(pulse(9, 110))
  expect(it.facts()).toMatchObject([{ added: 10 }])
})

test('a bridge that started again is greeted; its counters begin at zero', () => {
  const it = talking()
  it.hear({ ...HEARTBEAT, boot: 8, session: 0 })
  expect(it.sent()).toMatchObject([{ type: 'hello', boot: 7, received: 5 }])
  it.hear({ ...WELCOME, boot: 8 })
  expect(it.facts()).toMatchObject([{ type: 'started', boot: 8, previous: { unit: 9, boot: 7 } }])
  it.hear(pulse(1, 4, { boot: 8 }))
  expect(it.facts()).toMatchObject([{ added: 4, raw: 4 }])
})

test('a bridge that keeps its counters goes on with them', () => {
  const it = talking()
  it.hear(pulse(1, 108, { boot: 8 }))
  it.hear({ ...WELCOME, boot: 8, keepsCounters: 1 }, pulse(1, 108, { boot: 8 }))
  expect(it.facts()).toMatchObject([{ type: 'started' }, { added: 8, raw: 108 }])
})

test('another bridge in its place: nothing of the old one is believed of it', () => {
  const it = talking()
  it.hear({ ...HEARTBEAT, session: 0 })
  it.hear({ ...WELCOME, unit: 10, keepsCounters: 1 }, pulse(1, 9000), contact(2, 0))
  expect(it.facts()).toMatchObject([
    { type: 'started', unit: 10, previous: { unit: 9 } },
    { added: 0, raw: 9000 },
    { type: 'contact', active: false },
  ])
})

test('changes that found no room are told once', () => {
  const it = talking()
  it.hear({ ...HEARTBEAT, lostChanges: 2 }, { ...HEARTBEAT, lostChanges: 2 })
  expect(it.facts()).toEqual([{ type: 'lost', what: 'changes', count: 2 }])
})

test('the receiver’s bytes pass, and what is missing before them is said', () => {
  const it = talking()
  const gnss = (offset: number): BridgeMessage => ({
    ...{ type: 'gnss', boot: 7, offset, data: Uint8Array.of(1, 2, 3) },
  })
  it.hear(gnss(50), gnss(53), gnss(53), gnss(60))
  expect(it.gnss().map(({ missing }) => missing)).toEqual([0, 0, 4])
})

test('silence is told, and ended by the next answer', () => {
  const it = talking()
  it.feed({ type: 'timer', id: 'silence' })
  expect(it.kinds()).toEqual(['silent', 'send', 'timer'])
  it.hear({ ...WELCOME, first: 6 })
  expect(it.kinds()).toContain('connected')
})

test('every whole frame holds the silence off, damaged ones are counted only', () => {
  const it = talking()
  it.feed({ type: 'heard', frame: { kind: 'unknown', type: 0x7f } })
  expect(it.kinds()).toEqual(['timer'])
  const bytes = Uint8Array.of(1)
  it.feed({ type: 'heard', frame: { kind: 'discarded', reason: 'bad-check', bytes } })
  expect(it.kinds()).toEqual([])
  expect(it.state()).toMatchObject({ unknown: 1, discarded: 1 })
})

const switchOn = (id: string): BridgeInput => ({
  type: 'switch',
  command: { id, output: 1, on: true, forMs: 500 },
})
const done = (number: number, result = 0): BridgeMessage => ({
  ...{ type: 'done', session: SESSION, number, result },
})

test('commands go one by one and are repeated until they are answered', () => {
  const it = talking()
  it.feed(switchOn('a'))
  const output = { type: 'output', session: SESSION, number: 1, output: 1, on: 1, forMs: 500 }
  expect(it.sent()).toEqual([output])
  it.feed(switchOn('b'))
  expect(it.sent()).toEqual([])
  it.feed({ type: 'timer', id: 'command' })
  expect(it.sent()).toEqual([output])
  it.hear(done(1))
  expect(it.switched()).toEqual([{ type: 'switched', id: 'a', outcome: 'done' }])
  expect(it.sent()).toEqual([{ ...output, number: 2 }])
  it.hear(done(1), done(2, 1))
  expect(it.switched()).toEqual([{ type: 'switched', id: 'b', outcome: 'no-such-output' }])
})

test('an outcome that nobody knows is told as that', () => {
  const it = talking()
  it.feed(switchOn('a'))
  it.feed(switchOn('b'))
  for (let time = 0; time < 10; time++) it.feed({ type: 'timer', id: 'command' })
  expect(it.switched()).toEqual([{ type: 'switched', id: 'a', outcome: 'unknown' }])
  it.feed(switchOn('c'))
  it.hear({ ...HEARTBEAT, boot: 8, session: 0 }, { ...WELCOME, boot: 8 })
  expect(it.switched()).toEqual([
    { type: 'switched', id: 'b', outcome: 'unknown' },
    { type: 'switched', id: 'c', outcome: 'not-connected' },
  ])
})

test('the same start of a bridge that forgot us is sent the open command again', () => {
  const it = talking()
  it.feed(switchOn('a'))
  it.hear({ ...HEARTBEAT, session: 0 }, { ...WELCOME, first: 6 })
  expect(it.sent()).toMatchObject([{ type: 'hello' }, { type: 'output', number: 1 }])
})

test('a closed line answers every command and hears nothing', () => {
  const it = talking()
  it.feed(switchOn('a'))
  it.feed({ type: 'closed' })
  expect(it.switched()).toEqual([{ type: 'switched', id: 'a', outcome: 'unknown' }])
  it.hear(pulse(6, 101))
  expect(it.kinds()).toEqual([])
  it.feed(switchOn('b'))
  expect(it.switched()).toEqual([{ type: 'switched', id: 'b', outcome: 'not-connected' }])
})

test('no more than eight commands wait', () => {
  const it = talking()
  for (let command = 0; command < 9; command++) it.feed(switchOn(String(command)))
  it.feed(switchOn('too many'))
  expect(it.switched()).toEqual([{ type: 'switched', id: 'too many', outcome: 'busy' }])
})
