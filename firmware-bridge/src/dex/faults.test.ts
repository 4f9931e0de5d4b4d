/** DEX/UCS on a bad line: what is lost is asked for, what is damaged comes again, or it ends. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { converse, PERFECT, type Wire } from '../testing/dex-line.ts'
import { ascii, hexBytes } from '../testing/samples.ts'
import { encodeBlock, encodeControl } from './frame.ts'
import { dexFramer } from './framer.ts'
import {
  beginReceiving,
  beginSending,
  type LinkStep,
  type Sending,
  stepReceiving,
  stepSending,
} from './link.ts'
import { stepDex } from './session.ts'
import { DEX_IDLE, type DexConfig } from './session-state.ts'

// Four blocks, two of them alike, as a machine with empty counters sends them.
const AUDIT = ascii(`${'PA2*0*0*0*0**\r\n'.repeat(60)}`)
const carrier: DexConfig = {
  role: 'carrier',
  communicationId: 'LQD0000001',
  revisionLevel: 'R00L06',
  listenMs: 1500,
  dataPatienceMs: 10_000,
  maxAuditBytes: 100_000,
}
const machine: DexConfig = {
  role: 'machine',
  communicationId: 'XYZ0000001',
  revisionLevel: 'R00L06',
  listenMs: null,
  dataPatienceMs: 10_000,
  audit: AUDIT,
}
const audit = { type: 'received', audit: AUDIT }
const failure = (reason: string) => ({ type: 'failed', failure: { reason } })

/** Applies `fault` to the message number `at` of `who` only. */
function once(who: 'carrier' | 'machine', at: number, fault: Wire): Wire {
  let seen = 0
  return (bytes, from) => (from === who && seen++ === at ? fault(bytes, from) : [{ bytes }])
}

const lost: Wire = () => []
const torn: Wire = bytes => [{ bytes: bytes.subarray(0, Math.ceil(bytes.length / 2)) }]
const late: Wire = bytes => [{ bytes, afterMs: 900 }]
const twice: Wire = bytes => [{ bytes }, { bytes, afterMs: 5 }]
const garbled: Wire = bytes => [{ bytes: bytes.map((byte, i) => (i === 2 ? byte ^ 0x08 : byte)) }]
const drowned: Wire = bytes => [{ bytes: Uint8Array.of(0x00, 0xff, 0x7f, ...bytes, 0xfe) }]

describe('one fault anywhere in a session does not cost the audit', () => {
  const perfect = converse({ carrier, machine })
  const places = (['carrier', 'machine'] as const).flatMap(who =>
    perfect.sent
      .filter(({ from }) => from === who)
      .map(({ bytes }, at) => ({ who, at, length: bytes.length })),
  )
  test.each([
    ['lost', lost],
    ['torn', torn],
    ['late', late],
    ['drowned in noise', drowned],
  ])('%s', (_name, fault) => {
    for (const { who, at } of places) {
      const talk = converse({ carrier, machine, wire: once(who, at, fault) })
      expect([who, at, talk.carrier?.type]).toEqual([who, at, 'received'])
      expect(talk.carrier).toMatchObject(audit)
    }
  })

  test('garbled blocks are refused and come again', () => {
    for (const { who, at, length } of places) {
      if (length < 10) continue
      const talk = converse({ carrier, machine, wire: once(who, at, garbled) })
      expect(talk.carrier).toMatchObject(audit)
      const naks = talk.sent.filter(({ bytes }) => bytes.length === 1 && bytes[0] === 0x15)
      expect(naks).toHaveLength(1)
    }
  })

  test('acknowledgements said twice change nothing', () => {
    const echoing: Wire = (bytes, from) =>
      bytes.length === 2 && bytes[0] === 0x10 ? twice(bytes, from) : [{ bytes }]
    expect(converse({ carrier, machine, wire: echoing }).carrier).toMatchObject(audit)
  })
})

test('messages lost or damaged by chance: the whole audit or a failure, never a wrong one', () => {
  const chance = fc.infiniteStream(fc.integer({ min: 0, max: 99 }))
  fc.assert(
    fc.property(chance, fc.integer({ min: 0, max: 30 }), (dice, percent) => {
      const wire: Wire = (bytes, from) => {
        if (Number(dice.next().value) >= percent) return PERFECT(bytes, from)
        if (bytes.length < 10) return []
        return Number(dice.next().value) < 50 ? torn(bytes, from) : garbled(bytes, from)
      }
      const talk = converse({ carrier, machine, wire })
      if (talk.carrier?.type !== 'failed') expect(talk.carrier).toMatchObject(audit)
    }),
    { numRuns: 300 },
  )
})

describe('a machine that', () => {
  test('is stuck after its first block', () => {
    let blocks = 0
    const stuck: Wire = (bytes, from) =>
      from === 'machine' && (bytes.length > 40 ? blocks++ : blocks) > 0 ? [] : [{ bytes }]
    const talk = converse({ carrier, machine, wire: stuck })
    expect(talk.carrier).toEqual(failure('silent'))
    expect(talk.machine).toMatchObject({ type: 'failed' })
  })

  test('damages every block: five attempts', () => {
    const bad: Wire = (bytes, from) =>
      from === 'machine' && bytes.length > 40 ? garbled(bytes, from) : [{ bytes }]
    const talk = converse({ carrier, machine, wire: bad })
    expect(talk.machine).toEqual(failure('damaged'))
    expect(talk.sent.filter(({ bytes }) => bytes.length > 40)).toHaveLength(5)
    expect(talk.carrier).toEqual(failure('cut-off'))
  })

  test('resets in the middle and greets anew', () => {
    const greeting = encodeBlock({ type: 'header', last: true, text: ascii('XYZ0000001SR00L06') })
    let blocks = 0
    const reset: Wire = (bytes, from) =>
      from === 'machine' && bytes.length > 40 && ++blocks === 2
        ? [{ bytes: encodeControl('enq') }, { bytes: greeting, afterMs: 50 }]
        : [{ bytes }]
    expect(converse({ carrier, machine, wire: reset }).carrier).toEqual(failure('restarted'))
  })

  test('refuses, with its code', () => {
    const refusal = encodeBlock({ type: 'header', last: true, text: ascii('03XYZ0000001R00L06') })
    const refuse: Wire = (bytes, from) =>
      from === 'machine' && bytes.length > 20 ? [{ bytes: refusal }] : [{ bytes }]
    expect(converse({ carrier, machine, wire: refuse }).carrier).toEqual({
      type: 'failed',
      failure: { reason: 'refused', response: '03' },
    })
  })

  test('says something else than a header', () => {
    const odd = encodeBlock({ type: 'header', last: true, text: ascii('hello') })
    const wire: Wire = (bytes, from) =>
      from === 'machine' && bytes.length > 20 ? [{ bytes: odd }] : [{ bytes }]
    expect(converse({ carrier, machine, wire }).carrier).toEqual(failure('bad-header'))
  })

  test('wants us to send is told no', () => {
    const talk = converse({
      carrier: { ...carrier, role: 'machine', audit: AUDIT, listenMs: 0 },
      machine,
    })
    expect(talk.machine).toEqual(failure('unsupported'))
    expect(talk.carrier).toEqual({
      type: 'failed',
      failure: { reason: 'refused', response: '01' },
    })
  })

  test('says wait, and then goes on', () => {
    let waits = 0
    const busy: Wire = (bytes, from) =>
      from === 'machine' && bytes[1] === 0x30 && waits++ < 8
        ? [{ bytes: hexBytes('10 3B') }]
        : [{ bytes }]
    expect(converse({ carrier, machine, wire: busy }).carrier).toMatchObject(audit)
  })

  test('says wait for ever is believed for half a minute', () => {
    let step: LinkStep<Sending> = beginSending([ascii('block')])
    let asked = 0
    while (step.failed === undefined && asked < 1000) {
      asked++
      step = stepSending(step.state, { kind: 'control', control: 'wack' })
      if (step.failed === undefined) step = stepSending(step.state, { kind: 'timer', id: 'reply' })
    }
    expect([step.failed, asked]).toEqual(['busy', 31])
  })
})

describe('the same block again', () => {
  const block = dexFramer().push(
    encodeBlock({ type: 'data', last: false, text: ascii('PA3*0') }),
  )[0]
  if (block?.kind !== 'block') expect.fail('no block')
  const ready = stepReceiving(beginReceiving('data', 1000).state, {
    kind: 'control',
    control: 'enq',
  }).state
  const first = stepReceiving(ready, block)

  test('at once is another block of the same text', () => {
    const second = stepReceiving(first.state, block)
    expect(second.text).toEqual(ascii('PA3*0'))
    expect(second.effects[0]).toEqual({ type: 'send', bytes: encodeControl('ack0') })
  })

  test('after a quiet line is the one whose acknowledgement was lost', () => {
    const quiet = stepReceiving(first.state, { kind: 'timer', id: 'quiet' })
    const second = stepReceiving(quiet.state, block)
    expect(second.text).toBeUndefined()
    expect(second.effects[0]).toEqual({ type: 'send', bytes: encodeControl('ack1') })
  })
})

test('a port that closes ends the session, whatever it was doing', () => {
  const listening = stepDex(carrier, DEX_IDLE, { type: 'start' }).state
  const bidding = stepDex(carrier, listening, { type: 'listened' }).state
  for (const state of [listening, bidding]) {
    const end = stepDex(carrier, state, { type: 'closed' })
    expect(end.state).toEqual({ phase: 'ended' })
    expect(end.effects).toContainEqual(failure('closed'))
  }
})
