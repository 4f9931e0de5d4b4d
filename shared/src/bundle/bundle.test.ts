/** What is a bundle at all: one spelling of the JSON, nothing unknown, nothing oversized. */
import { describe, expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { saleBundle } from '../testing/world.ts'
import { MAX_BUNDLE_LENGTH, parseBundle, unauthenticatedFields } from './bundle.ts'

const good = saleBundle()
const text = JSON.stringify(good)

const hashOf = (length: number) => btoa('x'.repeat(length))
const manyEvents = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...good.events[0], index }))

const anchorWith = (change: object) => ({
  chainId: 1,
  contract: `0x${'5f'.repeat(20)}`,
  size: 3,
  root: hashOf(32),
  proof: [],
  block: 1,
  transaction: `0x${'cd'.repeat(32)}`,
  state: {
    blockHash: `0x${'ab'.repeat(32)}`,
    header: 'wA==',
    account: [],
    storage: [],
    ...change,
  },
})

test('an anchor with its state is read', () => {
  expect(parseBundle({ ...good, anchor: anchorWith({}) }).ok).toBe(true)
})

test('10,000 events are a bundle', () => {
  expect(parseBundle({ ...good, events: manyEvents(10_000) }).ok).toBe(true)
})

test('text, bytes and value read alike, white space aside', () => {
  const parsed = parseBundle(good)
  expect(parsed.ok).toBe(true)
  expect(parseBundle(text)).toEqual(parsed)
  expect(parseBundle(utf8(text))).toEqual(parsed)
  expect(parseBundle(JSON.stringify(good, null, 2))).toEqual(parsed)
})

describe('refused', () => {
  const [event, ...others] = good.events
  const [head] = good.deviceHeads
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['not JSON', '{'],
    ['bytes that are not UTF-8', Uint8Array.of(0xff)],
    ['a key said twice', text.replace('{"v":2', '{"v":2,"v":2')],
    ['an unusual spelling', text.replace('"v"', '"\\u0076"')],
    ['a number spelt as a float', text.replace('"v":2', '"v":2.0')],
    ['another version', { ...good, v: 1 }],
    ['an unknown field', { ...good, more: 1 }],
    ['an unknown field below', { ...good, events: [{ ...event, more: 1 }] }],
    ['no events', { ...good, events: [] }],
    ['no head', { ...good, deviceHeads: [] }],
    ['uneven base64', { ...good, deviceHeads: [{ ...head, rest: ['AAAA='] }] }],
    ['a hash of 31 bytes', { ...good, deviceHeads: [{ ...head, rest: [hashOf(31)] }] }],
    [
      'a proof of 65 hashes',
      { ...good, deviceHeads: [{ ...head, proof: Array(65).fill(hashOf(32)) }] },
    ],
    [
      'a tree in shreds',
      { ...good, deviceHeads: [{ ...head, rest: Array(65_537).fill(hashOf(32)) }] },
    ],
    ['an event twice', { ...good, events: [event, event, ...others] }],
    ['events out of order', { ...good, events: [...others, event] }],
    ['a negative index', { ...good, events: [{ ...event, index: -1 }] }],
    ['an index beyond the safe range', { ...good, events: [{ ...event, index: 2 ** 53 }] }],
    ['a trie too deep', { ...good, anchor: anchorWith({ account: Array(65).fill('wA==') }) }],
    ['a header too long', { ...good, anchor: anchorWith({ header: btoa('x'.repeat(49_153)) }) }],
    [
      'a hash in upper case',
      { ...good, anchor: anchorWith({ blockHash: `0x${'AB'.repeat(32)}` }) },
    ],
    ['too many events', { ...good, events: manyEvents(10_001) }],
    ['too much text', ' '.repeat(MAX_BUNDLE_LENGTH + 1)],
  ])('%s', (_, input) => {
    expect(parseBundle(input).ok).toBe(false)
  })

  test('says where', () => {
    expect(parseBundle({ ...good, v: 1 })).toMatchObject({ reason: expect.stringContaining('v: ') })
  })
})

test('terms are declared unauthenticated until the log holds their hash', () => {
  expect(unauthenticatedFields({ sale: null })).toContain('/sale/clearing/terms')
  const clearing = { agreementLeaf: { leafIndex: 0, proof: [] } } as never
  expect(unauthenticatedFields({ sale: { id: 'x', clearing } })).toEqual([
    '/anchor/block',
    '/anchor/transaction',
  ])
})
