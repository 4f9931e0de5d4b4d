/** The six framer tests for DEX/UCS, blocks that are torn or stuffed, and round trips. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, hexBytes } from '../testing/samples.ts'
import { encodeBlock, encodeControl } from './frame.ts'
import { DEX_SILENCE_MS, dexFramer, MAX_BLOCK_BYTES } from './framer.ts'

// "LQD0000001RR00L06" as a header: checksum from the shared session, DC 25.
const HEADER = hexBytes('10 01 4C 51 44 30 30 30 30 30 30 31 52 52 30 30 4C 30 36 10 03 DC 25')
const header = { kind: 'block', type: 'header', last: true, text: ascii('LQD0000001RR00L06') }
const control = (name: string) => ({ kind: 'control', control: name })

test('one block', () => {
  expect(dexFramer().push(HEADER)).toEqual([header])
})

test('two frames, controls in between', () => {
  const bytes = Uint8Array.of(0x05, ...HEADER, 0x10, 0x31, ...HEADER, 0x04, 0x15, 0x10, 0x3b)
  expect(dexFramer().push(bytes)).toEqual([
    control('enq'),
    header,
    control('ack1'),
    header,
    control('eot'),
    control('nak'),
    control('wack'),
  ])
})

test('split anywhere', () => {
  for (let at = 0; at <= HEADER.length; at++) {
    const framer = dexFramer()
    expect([...framer.push(HEADER.slice(0, at)), ...framer.push(HEADER.slice(at))]).toEqual([
      header,
    ])
  }
})

test('noise around frames is named, once a piece', () => {
  const bytes = Uint8Array.of(0x00, 0xff, 0x10, 0x41, ...HEADER, 0x10, 0x10, 0x30)
  expect(dexFramer().push(bytes)).toEqual([
    { kind: 'discarded', reason: 'noise', bytes: hexBytes('00 FF 10 41') },
    header,
    { kind: 'discarded', reason: 'noise', bytes: hexBytes('10') },
    control('ack0'),
  ])
})

test('bad check', () => {
  const bad = Uint8Array.of(...HEADER.slice(0, -1), 0x26)
  expect(dexFramer().push(Uint8Array.of(...bad, 0x04))).toEqual([
    { kind: 'discarded', reason: 'bad-check', bytes: ascii('LQD0000001RR00L06') },
    control('eot'),
  ])
})

test('oversize', () => {
  const framer = dexFramer()
  framer.push(hexBytes('10 02'))
  const [first] = framer.push(new Uint8Array(MAX_BLOCK_BYTES + 1).fill(0x41))
  expect(first).toMatchObject({ kind: 'discarded', reason: 'oversize' })
  expect(framer.push(HEADER)).toEqual([header])
})

describe('torn blocks', () => {
  test('end by silence', () => {
    const framer = dexFramer()
    expect(framer.push(HEADER.slice(0, 9))).toEqual([])
    expect(framer.flush()).toEqual([
      { kind: 'discarded', reason: 'truncated', bytes: ascii('LQD0000') },
    ])
    expect(framer.flush()).toEqual([])
    expect(DEX_SILENCE_MS).toBe(100)
  })

  test('end by the next block', () => {
    expect(dexFramer().push(Uint8Array.of(...HEADER.slice(0, 9), ...HEADER))).toEqual([
      { kind: 'discarded', reason: 'truncated', bytes: ascii('LQD0000') },
      header,
    ])
  })

  test('a checksum cut in half', () => {
    const framer = dexFramer()
    framer.push(HEADER.slice(0, -1))
    expect(framer.flush()[0]).toMatchObject({ reason: 'truncated' })
    expect(framer.push(HEADER)).toEqual([header])
  })
})

test('SYN is filling, a DLE in the text is sent twice', () => {
  const text = Uint8Array.of(0x41, 0x10, 0x16, 0x03)
  const block = encodeBlock({ type: 'data', last: false, text })
  expect([...block.slice(0, 9)]).toEqual([0x10, 0x02, 0x41, 0x10, 0x10, 0x16, 0x03, 0x10, 0x17])
  const filled = Uint8Array.of(0x16, ...block.slice(0, 3), 0x10, 0x16, ...block.slice(3))
  expect(dexFramer().push(filled)).toEqual([{ kind: 'block', type: 'data', last: false, text }])
})

test('whatever is encoded is read back', () => {
  const block = fc.record({
    type: fc.constantFrom('header' as const, 'data' as const),
    last: fc.boolean(),
    text: fc.uint8Array({ maxLength: 245 }),
  })
  const name = fc.constantFrom('enq', 'eot', 'nak', 'ack0', 'ack1', 'wack')
  fc.assert(
    fc.property(fc.array(fc.oneof(block, name), { maxLength: 8 }), frames => {
      const bytes = frames.flatMap(frame =>
        Array.from(typeof frame === 'string' ? encodeControl(frame) : encodeBlock(frame)),
      )
      expect(dexFramer().push(Uint8Array.from(bytes))).toEqual(
        frames.map(frame =>
          typeof frame === 'string' ? control(frame) : { kind: 'block', ...frame },
        ),
      )
    }),
  )
})
