/** The packed form: what the JSON says, in one spelling of its own, and nothing that is not one. */
import { describe, expect, test } from 'vitest'
import golden from '../../vectors/bundle.json' with { type: 'json' }
import packed from '../../vectors/packed-bundle.json' with { type: 'json' }
import { type CborValue, encodeCbor } from '../bytes/cbor.ts'
import { toHex } from '../bytes/hex.ts'
import { parsePolicy } from '../note/policy.ts'
import { policyText, saleBundle } from '../testing/world.ts'
import { type Bundle, parseBundle, type ReadEvent } from './bundle.ts'
import { PACKED_BUNDLE } from './packed.ts'
import { verifyBundle } from './verify.ts'
import { bundleOf, packBundle } from './write.ts'

const { events: _, ...frame } = saleBundle()
const events = eventsOf(saleBundle())

test('is what another implementation made of the golden bundle', () => {
  const { events: _, ...goldenFrame } = golden.bundle as unknown as Bundle
  const made = packBundle(goldenFrame, eventsOf(golden.bundle as unknown as Bundle))
  expect(toHex(made)).toBe(packed.packed)
})

test('says the same as the JSON, and verifies alike', () => {
  const json = bundleOf(frame, events)
  expect(json).toEqual(saleBundle())
  expect(eventsOf(packBundle(frame, events))).toEqual(events)
  const policy = parsePolicy(policyText)
  const [one, other] = [verifyBundle(packBundle(frame, events), policy), verifyBundle(json, policy)]
  expect(one.verdict).toBe('witnessed')
  expect(one).toEqual(other)
})

test('holds ten times as many events as the JSON', () => {
  const many = Array.from({ length: 100_000 }, (_, index): ReadEvent => {
    return { head: 0, index, open: { hash: new Uint8Array(32) }, sealed: null }
  })
  const parsed = parseBundle(packBundle(frame, many))
  expect(parsed).toMatchObject({ ok: true, bundle: { events: { length: 100_000 } } })
  const onesMore = [...many, { ...(many[0] as ReadEvent), index: 100_000 }]
  expect(parseBundle(packBundle(frame, onesMore))).toMatchObject({
    reason: 'it holds too many events',
  })
})

describe('refused', () => {
  const text = JSON.stringify(frame)
  const salted = new Uint8Array(20).fill(1)
  const hash = new Uint8Array(32).fill(1)
  const event: CborValue = [0, 1, salted, null]
  const made = (...parts: CborValue[]) => encodeCbor(parts)
  const good = made(PACKED_BUNDLE, text, [event])
  test('is not what the others are made from', () => {
    expect(parseBundle(good).ok).toBe(true)
  })
  test.each<[string, Uint8Array]>([
    ['two items', encodeCbor([PACKED_BUNDLE, text])],
    ['another name', made('tillproof/packed-bundle/v2', text, [event])],
    ['a frame that is no JSON', made(PACKED_BUNDLE, '{', [event])],
    ['a frame with white space', made(PACKED_BUNDLE, `${text} `, [event])],
    ['a frame that says a key twice', made(PACKED_BUNDLE, `{"v":2,${text.slice(1)}`, [event])],
    ['events in the frame, too', made(PACKED_BUNDLE, JSON.stringify(saleBundle()), [event])],
    ['no events', made(PACKED_BUNDLE, text, [])],
    ['an event twice', made(PACKED_BUNDLE, text, [event, event])],
    ['events out of order', made(PACKED_BUNDLE, text, [[0, 2, salted, null], event])],
    ['an event of three items', made(PACKED_BUNDLE, text, [[0, 1, salted]])],
    ['an index beyond the safe range', made(PACKED_BUNDLE, text, [[0, 2n ** 53n, salted, null]])],
    ['a part shorter than a salt', made(PACKED_BUNDLE, text, [[0, 1, hash.subarray(17), null]])],
    ['a hash of 31 bytes', made(PACKED_BUNDLE, text, [[0, 1, [hash.subarray(1)], null]])],
    ['two hashes', made(PACKED_BUNDLE, text, [[0, 1, [hash, hash], null]])],
    ['zeros for a sealed part', made(PACKED_BUNDLE, text, [[0, 1, salted, [new Uint8Array(32)]]])],
    ['bytes behind its end', Uint8Array.from([...good, 0])],
    ['half of it', good.subarray(0, good.length / 2)],
    ['a long spelling', Uint8Array.from([0x98, 3, ...good.subarray(1)])],
  ])('%s', (_, input) => {
    expect(parseBundle(input)).toMatchObject({ ok: false, reason: expect.any(String) })
  })
})

function eventsOf(input: Bundle | Uint8Array): ReadEvent[] {
  const parsed = parseBundle(input)
  return parsed.ok ? [...parsed.bundle.events] : expect.fail(parsed.reason)
}
