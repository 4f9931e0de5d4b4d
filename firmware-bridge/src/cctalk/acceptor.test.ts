/** The host's session: from presence to coins, silences, restarts, late answers, bills. */
import { describe, expect, test } from 'vitest'
import { ascii } from '../testing/samples.ts'
import { stepAcceptor } from './acceptor.ts'
import {
  ACCEPTOR_OFF,
  type AcceptorConfig,
  type AcceptorEffect,
  type AcceptorInput,
} from './acceptor-state.ts'
import { billValue, coinValue } from './coin-value.ts'
import { type CctalkFrame, encodeMessage, HEADERS } from './frame.ts'
import { cctalkFramer } from './framer.ts'

const CONFIG: AcceptorConfig = {
  accepts: 'coins',
  address: 2,
  host: 1,
  previousCounter: null,
  exponent: 2,
  values: {},
  pollMs: 200,
}
const NONE = new Uint8Array(0)
const reply = (data: Uint8Array = NONE, header: number = HEADERS.reply): AcceptorInput => ({
  type: 'heard',
  frame: { kind: 'message', destination: 1, source: 2, header, data },
})
const NAK = reply(NONE, HEADERS.nak)
const credits = (counter: number, ...pairs: number[]) =>
  reply(Uint8Array.from([counter, ...pairs, ...Array(10).fill(0)].slice(0, 11)))

function session(config: Partial<AcceptorConfig> = {}, patient = false) {
  const settings = { ...CONFIG, ...config }
  let state = ACCEPTOR_OFF
  const asked: CctalkFrame[] = []
  const told: AcceptorEffect[] = []
  function feed(...inputs: AcceptorInput[]): void {
    for (const input of inputs) {
      const step = stepAcceptor(settings, state, input)
      state = step.state
      for (const effect of step.effects) note(effect)
      // Nothing more is heard in the pause after an answer, unless a test says so.
      if (!patient && state.resting) feed({ type: 'timer', id: 'gap' })
    }
  }
  function note(effect: AcceptorEffect): void {
    if (effect.type === 'send') {
      const framer = cctalkFramer([settings.host, settings.address])
      asked.push(...framer.push(effect.bytes).filter(it => it.kind === 'message'))
    } else if (effect.type !== 'timer' && effect.type !== 'stop-timer') told.push(effect)
  }
  const lastAsked = () => asked.at(-1)?.header
  return { feed, asked, told, lastAsked, state: () => state }
}

/** Up to the first poll: it knows coin 3, is accepting, and its counter stands at 7. */
function started(config: Partial<AcceptorConfig> = {}, first = credits(7, 3, 1)) {
  const host = session(config)
  host.feed({ type: 'accept', on: true }, { type: 'opened' }, reply())
  for (let number = 1; number <= 16; number++) {
    host.feed(number === 3 ? reply(ascii('EU100A')) : NAK)
  }
  host.feed(first, reply(), reply())
  return host
}
const poll: AcceptorInput = { type: 'timer', id: 'poll' }
const silence: AcceptorInput = { type: 'timer', id: 'reply' }

test('starts step by step, and accepts nothing before it knows the counter', () => {
  const host = started()
  expect(host.asked.map(({ header }) => header)).toEqual([
    HEADERS.simplePoll,
    ...Array(16).fill(HEADERS.requestCoinName),
    HEADERS.readCredits,
    HEADERS.modifyInhibits,
    HEADERS.modifyMasterInhibit,
  ])
  expect(host.asked.at(-1)?.data).toEqual(Uint8Array.of(1))
  expect(host.told).toEqual([
    { type: 'credits', counter: 7, taken: [], lost: 0, restarted: false },
    { type: 'ready', names: { 3: 'EU100A' } },
    { type: 'accepting', on: true },
  ])
})

describe('coins', () => {
  test('are told with their values, oldest first', () => {
    const host = started({ values: { 5: 20n } })
    host.feed(poll, credits(10, 9, 1, 5, 2, 3, 1))
    expect(host.told.at(-1)).toEqual({
      type: 'credits',
      counter: 10,
      taken: [
        { number: 3, name: 'EU100A', value: 100n, path: 1 },
        { number: 5, name: null, value: 20n, path: 2 },
        { number: 9, name: null, value: null, path: 1 },
      ],
      lost: 0,
      restarted: false,
    })
  })

  test('that fell while nobody asked are told from the counter written down', () => {
    const host = started({ previousCounter: 254 }, credits(2, 3, 1, 3, 1, 3, 1))
    expect(host.told[0]).toMatchObject({
      counter: 2,
      taken: Array(3).fill({ number: 3, value: 100n, name: 'EU100A', path: 1 }),
    })
  })

  test('that are lost are said, and trouble by its code', () => {
    const host = started()
    host.feed(poll, credits(15, 3, 1, 3, 1, 0, 14, 3, 1, 3, 1))
    expect(host.told.slice(-2)).toMatchObject([
      { type: 'trouble', code: 14 },
      { type: 'credits', counter: 15, lost: 3 },
    ])
  })

  test('nothing new is no news', () => {
    const host = started()
    const before = host.told.length
    host.feed(poll, credits(7, 3, 1), poll, credits(7, 3, 1))
    expect(host.told).toHaveLength(before)
  })
})

test('our own echo, and answers of others, answer nothing', () => {
  const host = started()
  const echo: AcceptorInput = {
    type: 'heard',
    frame: { kind: 'message', destination: 2, source: 1, header: 229, data: NONE },
  }
  const other: AcceptorInput = {
    type: 'heard',
    frame: { kind: 'message', destination: 1, source: 40, header: 0, data: Uint8Array.of(9) },
  }
  host.feed(poll, echo, other)
  expect(host.state().asked).toEqual({ what: 'credits' })
  host.feed(reply(), credits(8, 3, 1))
  expect(host.told.at(-1)).toMatchObject({ counter: 8 })
})

describe('silence', () => {
  test('is asked again after the wire drained; three times and it is away', () => {
    const host = started()
    host.feed(poll, silence)
    expect(host.asked).toHaveLength(20 + 1)
    host.feed(silence)
    expect(host.lastAsked()).toBe(HEADERS.readCredits)
    host.feed(silence, silence, silence, silence)
    expect(host.told.at(-1)).toEqual({ type: 'unreachable' })
    host.feed(poll)
    expect(host.lastAsked()).toBe(HEADERS.simplePoll)
    host.feed(reply(), reply())
    expect(host.lastAsked()).toBe(HEADERS.requestCoinName)
  })

  test('an answer that comes while the wire drains is not believed', () => {
    const host = started()
    host.feed(poll, silence, credits(8, 3, 1))
    expect(host.told.at(-1)).toMatchObject({ type: 'accepting' })
    host.feed(silence, credits(8, 3, 1))
    expect(host.told.at(-1)).toMatchObject({ type: 'credits', counter: 8 })
  })

  test('an answer from before the last one credits nothing again', () => {
    const host = started()
    host.feed(poll, credits(9, 5, 1, 4, 1, 3, 1), poll, credits(8, 4, 1, 3, 1))
    expect(host.told.filter(({ type }) => type === 'credits')).toHaveLength(2)
    host.feed(credits(10, 6, 1, 5, 1, 4, 1, 3, 1))
    expect(host.told.at(-1)).toMatchObject({ counter: 10, taken: [{ number: 6 }] })
  })
})

test('an answer said twice answers one question', () => {
  const host = session({}, true)
  host.feed({ type: 'opened' }, reply(), reply())
  expect(host.asked).toHaveLength(1)
  const name = reply(ascii('EU005A'))
  host.feed({ type: 'timer', id: 'gap' }, name, name, { type: 'timer', id: 'gap' })
  expect(host.state()).toMatchObject({ asked: { number: 2 }, names: { 1: 'EU005A' } })
})

test('what is wished while the first wish is under way is asked for behind it', () => {
  const host = session()
  host.feed({ type: 'accept', on: true }, { type: 'opened' }, reply())
  for (let number = 1; number <= 16; number++) host.feed(NAK)
  host.feed(credits(0), reply(), { type: 'accept', on: false }, reply())
  expect(host.asked.at(-1)).toMatchObject({ header: 228, data: Uint8Array.of(0) })
  host.feed(reply())
  expect(host.told.at(-1)).toEqual({ type: 'accepting', on: false })
})

test('an acceptor that was switched off and on is told to accept again', () => {
  const host = started()
  host.feed(poll, credits(0))
  expect(host.told.at(-1)).toMatchObject({ counter: 0, restarted: true, taken: [] })
  host.feed(reply(), reply())
  expect(host.asked.slice(-2).map(({ header }) => header)).toEqual([
    HEADERS.modifyInhibits,
    HEADERS.modifyMasterInhibit,
  ])
})

test('the master inhibit follows the wish at once', () => {
  const host = started()
  host.feed({ type: 'accept', on: false })
  expect(host.lastAsked()).toBe(HEADERS.modifyMasterInhibit)
  expect(host.asked.at(-1)?.data).toEqual(Uint8Array.of(0))
  host.feed(reply())
  expect(host.told.at(-1)).toEqual({ type: 'accepting', on: false })
})

test('bills: a name, a scaling, money when stacked and none in escrow', () => {
  const host = session({ accepts: 'bills', address: 40 })
  const from40 = (data: Uint8Array = NONE, header: number = 0): AcceptorInput => ({
    type: 'heard',
    frame: { kind: 'message', destination: 1, source: 40, header, data },
  })
  const bills = (counter: number, ...pairs: number[]) =>
    from40(Uint8Array.from([counter, ...pairs, ...Array(10).fill(0)].slice(0, 11)))
  host.feed({ type: 'opened' }, from40(), from40(), from40(ascii('EU0005A')))
  expect(host.lastAsked()).toBe(HEADERS.requestScaling)
  expect(host.asked.at(-1)?.data).toEqual(ascii('EU'))
  host.feed(from40(Uint8Array.of(100, 0, 2)))
  for (let number = 2; number <= 16; number++) host.feed(from40(NONE, HEADERS.nak))
  host.feed(bills(3), from40(), from40(), poll, bills(5, 1, 0, 1, 1))
  expect(host.told.slice(-2)).toEqual([
    { type: 'escrow', number: 1 },
    {
      type: 'credits',
      counter: 5,
      taken: [{ number: 1, name: 'EU0005A', value: 500n, path: 0 }],
      lost: 0,
      restarted: false,
    },
  ])
})

describe('values', () => {
  test.each([
    ['EU100A', 100n],
    ['EU005B', 5n],
    ['JP1K5A', 1500n],
    ['CO10KA', 10_000n],
    ['TOKENA', undefined],
    ['EUK00A', undefined],
    ['EU1KKA', undefined],
    ['', undefined],
  ])('of the coin %s', (name, value) => {
    expect(coinValue(name)).toBe(value)
  })

  test.each([
    ['EU0005A', { factor: 100, decimals: 2 }, 2, 500n],
    ['JP1000A', { factor: 1, decimals: 0 }, 0, 1000n],
    ['EU0005A', { factor: 1, decimals: 3 }, 2, undefined],
    ['EU005A', { factor: 1, decimals: 0 }, 2, undefined],
  ])('of the bill %s with %j', (name, scaling, exponent, value) => {
    expect(billValue(name, scaling, exponent)).toBe(value)
  })
})

test('what the session asks is on the wire as the standard spells it', () => {
  const data = Uint8Array.of(1)
  const accept = encodeMessage({ destination: 2, source: 1, header: 228, data })
  expect([...accept]).toEqual([2, 1, 1, 228, 1, 23])
})
