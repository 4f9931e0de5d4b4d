/** Whole DEX/UCS sessions on an imagined line: both masters, the shared session byte for byte. */
import { describe, expect, test } from 'vitest'
import { converse } from '../testing/dex-line.ts'
import { ascii, hexBytes, readSample } from '../testing/samples.ts'
import { dataBlocks } from './frame.ts'
import { dexFramer } from './framer.ts'
import { decodeFirst, decodeSecond, encodeFirst, encodeSecond } from './header.ts'
import { stepDex } from './session.ts'
import { DEX_IDLE, type DexConfig, type DexEffect, type DexState } from './session-state.ts'

const AUDIT = ascii(`DXS*XYZ0000001*VA*V0/6*1\r\n${'PA2*1*125*1*125\r\n'.repeat(60)}DXE*1*1\r\n`)

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
const received = (audit: Uint8Array) => ({
  type: 'received',
  audit,
  peer: { communicationId: 'XYZ0000001', revisionLevel: 'R00L06' },
})
const delivered = {
  type: 'delivered',
  peer: { communicationId: 'LQD0000001', revisionLevel: 'R00L06' },
}

describe('who is the master', () => {
  test('we are, when the machine waits', () => {
    const talk = converse({ carrier, machine })
    expect(talk.carrier).toEqual(received(AUDIT))
    expect(talk.machine).toEqual(delivered)
    expect(talk.sent[0]).toEqual({ from: 'carrier', bytes: hexBytes('05') })
    expect(talk.tookMs).toBeLessThan(5000)
  })

  test('the machine is, when it bids while we listen', () => {
    const talk = converse({ carrier, machine: { ...machine, listenMs: 0 } })
    expect(talk.carrier).toEqual(received(AUDIT))
    expect(talk.machine).toEqual(delivered)
    expect(talk.sent[0]?.from).toBe('machine')
  })

  test('the machine is, when both bid at the same moment', () => {
    const talk = converse({
      carrier: { ...carrier, listenMs: 0 },
      machine: { ...machine, listenMs: 0 },
    })
    expect(talk.carrier).toEqual(received(AUDIT))
    expect(talk.machine).toEqual(delivered)
  })

  test('nobody there: ten bids, then silence', () => {
    const talk = converse({ carrier, machine, wire: () => [] })
    expect(talk.carrier).toEqual({ type: 'failed', failure: { reason: 'silent' } })
    expect(talk.sent).toHaveLength(10)
    expect(talk.tookMs).toBe(11_500)
  })
})

test('an audit of nothing is one empty block', () => {
  const talk = converse({ carrier, machine: { ...machine, audit: new Uint8Array(0) } })
  expect(talk.carrier).toEqual(received(new Uint8Array(0)))
})

test('an audit without end is broken off', () => {
  const talk = converse({ carrier: { ...carrier, maxAuditBytes: 500 }, machine })
  expect(talk.carrier).toEqual({ type: 'failed', failure: { reason: 'too-large' } })
  expect(talk.machine).toEqual({ type: 'failed', failure: { reason: 'aborted' } })
})

const sample = readSample('wire/dex-session.synthetic.json')
const audit = readSample('evadts/synthetic-min.eva')
describe.skipIf(sample === undefined || audit === undefined)('the shared session', () => {
  type Turn = [from: 'dc' | 'vmd', hex: string]
  type Session = Record<'first_handshake' | 'second_handshake' | 'data', Turn[]>
  const session: Session = JSON.parse(sample ?? '{}')
  const turns = sample === undefined ? [] : Object.values(pick(session)).flat()

  test('the carrier hears the machine’s turns and takes its own, byte for byte', () => {
    let state: DexState = DEX_IDLE
    const outcome: DexEffect[] = []
    const said: string[] = []
    const run = (input: Parameters<typeof stepDex>[2]) => {
      const step = stepDex({ ...carrier, listenMs: 0 }, state, input)
      state = step.state
      for (const effect of step.effects) {
        if (effect.type === 'send') said.push(hexOf(effect.bytes))
        if (effect.type === 'received' || effect.type === 'failed') outcome.push(effect)
      }
    }
    run({ type: 'start' })
    for (const [from, hex] of turns) {
      if (from === 'vmd') for (const frame of frames(hex)) run({ type: 'heard', input: frame })
    }
    expect(said).toEqual(turns.filter(([from]) => from === 'dc').map(([, hex]) => hex))
    expect(outcome).toEqual([received(ascii(audit ?? ''))])
  })

  test('its blocks carry the audit in pieces of 120 bytes', () => {
    const blocks = session.data.filter(([, hex]) => hex.startsWith('10 02')).map(([, hex]) => hex)
    expect(dataBlocks(ascii(audit ?? ''), 120).map(hexOf)).toEqual(blocks)
  })

  function pick({ first_handshake, second_handshake, data }: Session): Turn[][] {
    return [first_handshake, second_handshake, data]
  }
})

function frames(hex: string) {
  return dexFramer()
    .push(hexBytes(hex))
    .filter(frame => frame.kind !== 'discarded')
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ')
}

describe('headers', () => {
  test('first', () => {
    const header = {
      communicationId: 'LQD0000001',
      operation: 'R',
      revisionLevel: 'R00L06',
    } as const
    expect(encodeFirst(header)).toEqual(ascii('LQD0000001RR00L06'))
    expect(decodeFirst(ascii('LQD0000001RR00L06'))).toEqual(header)
    expect(decodeFirst(ascii('LQD0000001XR00L06'))?.operation).toBe('other')
    expect(encodeFirst({ ...header, communicationId: 'LQD' })).toEqual(ascii('LQD0000000RR00L06'))
  })

  test('second', () => {
    const header = { response: '00', communicationId: 'XYZ0000001', revisionLevel: 'R00L06' }
    expect(encodeSecond(header)).toEqual(ascii('00XYZ0000001R00L06'))
    expect(decodeSecond(ascii('00XYZ0000001R00L06'))).toEqual(header)
  })

  test.each(['', 'LQD0000001R', 'LQD0000001RR00L0', 'LQD0000001RX00L06', '00XYZ0000001R00L06x'])(
    '%s is neither',
    text => {
      expect(decodeFirst(ascii(text))).toBeUndefined()
      expect(decodeSecond(ascii(text))).toBeUndefined()
    },
  )
})
