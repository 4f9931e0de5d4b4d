/** What is a bundle at all: one spelling of the JSON, nothing unknown, nothing oversized. */
import { describe, expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { saleBundle } from '../testing/world.ts'
import { MAX_BUNDLE_LENGTH, parseBundle, unauthenticatedFields } from './bundle.ts'

const good = saleBundle()
const text = JSON.stringify(good)

test('text, bytes and value read alike, white space aside', () => {
  const parsed = parseBundle(good)
  expect(parsed.ok).toBe(true)
  expect(parseBundle(text)).toEqual(parsed)
  expect(parseBundle(utf8(text))).toEqual(parsed)
  expect(parseBundle(JSON.stringify(good, null, 2))).toEqual(parsed)
})

describe('refused', () => {
  const [event] = good.events
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['not JSON', '{'],
    ['bytes that are not UTF-8', Uint8Array.of(0xff)],
    ['a key said twice', text.replace('{"v":1', '{"v":1,"v":1')],
    ['an unusual spelling', text.replace('"v"', '"\\u0076"')],
    ['a number spelt as a float', text.replace('"v":1', '"v":1.0')],
    ['another version', { ...good, v: 2 }],
    ['an unknown field', { ...good, more: 1 }],
    ['an unknown field below', { ...good, events: [{ ...event, more: 1 }] }],
    ['no events', { ...good, events: [] }],
    ['no head', { ...good, deviceHeads: [] }],
    ['uneven base64', { ...good, events: [{ ...event, proof: ['AAAA='] }] }],
    ['a hash of 31 bytes', { ...good, events: [{ ...event, proof: [btoa('x'.repeat(31))] }] }],
    [
      'a proof of 65 hashes',
      { ...good, events: [{ ...event, proof: Array(65).fill(btoa('x'.repeat(32))) }] },
    ],
    ['a negative index', { ...good, events: [{ ...event, index: -1 }] }],
    ['an index beyond the safe range', { ...good, events: [{ ...event, index: 2 ** 53 }] }],
    ['too many events', { ...good, events: Array(1001).fill(event) }],
    ['too much text', ' '.repeat(MAX_BUNDLE_LENGTH + 1)],
  ])('%s', (_, input) => {
    expect(parseBundle(input).ok).toBe(false)
  })

  test('says where', () => {
    expect(parseBundle({ ...good, v: 2 })).toMatchObject({ reason: expect.stringContaining('v: ') })
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
