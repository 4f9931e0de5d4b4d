/** Commands for scanners and their answers: published frames, the framer tests, round trips. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, hexBytes, readSample } from '../testing/samples.ts'
import {
  decodeGm6xReply,
  encodeGm6x,
  encodeGm6xReply,
  GM6X_TRIGGER,
  type Gm6xCommand,
  gm6xCommandFramer,
} from './gm6x.ts'
import {
  encodeMenuCommand,
  HONEYWELL_RELEASE,
  HONEYWELL_TRIGGER,
  readMenuReply,
} from './honeywell.ts'

const TRIGGER = { kind: 'command', command: { kind: 'write', zone: 2, data: Uint8Array.of(1) } }
const READ = hexBytes('7E 00 07 01 00 2A 02 D8 0F')
const read = { kind: 'command', command: { kind: 'read', zone: 0x2a, count: 2 } }

describe('GM6x', () => {
  test('the published frames', () => {
    expect(encodeGm6x({ kind: 'save' })).toEqual(hexBytes('7E 00 09 01 00 00 00 DE C8'))
    expect(encodeGm6x({ kind: 'read', zone: 0x2a, count: 2 })).toEqual(READ)
    const baud: Gm6xCommand = { kind: 'write', zone: 0x2a, data: hexBytes('39 01') }
    expect(encodeGm6x(baud)).toEqual(hexBytes('7E 00 08 02 00 2A 39 01 A7 EA'))
    expect(GM6X_TRIGGER).toEqual(hexBytes('7E 00 08 01 00 02 01 AB CD'))
    expect(encodeGm6xReply(Uint8Array.of(0))).toEqual(hexBytes('02 00 00 01 00 33 31'))
  })

  test('one, two, and one split anywhere', () => {
    expect(gm6xCommandFramer().push(GM6X_TRIGGER)).toEqual([TRIGGER])
    expect(gm6xCommandFramer().push(Uint8Array.of(...GM6X_TRIGGER, ...READ))).toEqual([
      TRIGGER,
      read,
    ])
    for (let at = 0; at <= READ.length; at++) {
      const framer = gm6xCommandFramer()
      expect([...framer.push(READ.slice(0, at)), ...framer.push(READ.slice(at))]).toEqual([read])
    }
  })

  test('noise, a bad check, and one cut off', () => {
    const found = gm6xCommandFramer().push(Uint8Array.of(0x41, ...READ.with(-1, 0), ...READ))
    expect(found).toMatchObject([{ reason: 'noise' }, { reason: 'bad-check' }, read])
    const framer = gm6xCommandFramer()
    framer.push(READ.slice(0, 5))
    expect(framer.flush()).toMatchObject([{ reason: 'truncated' }])
  })

  test('oversize cannot be: a length of one byte', () => {
    const framer = gm6xCommandFramer()
    framer.push(Uint8Array.of(0x7e, 0, 8, 255, ...new Uint8Array(200)))
    expect(framer.bufferedBytes()).toBe(204)
    expect(framer.push(new Uint8Array(60))[0]).toMatchObject({ reason: 'bad-check' })
  })

  test('whatever is commanded or answered is heard', () => {
    const zone = fc.integer({ min: 0, max: 0xffff })
    const data = fc.uint8Array({ minLength: 1, maxLength: 200 })
    const command = fc.oneof(
      fc.record({
        kind: fc.constant('read' as const),
        zone,
        count: fc.integer({ min: 1, max: 255 }),
      }),
      fc.record({ kind: fc.constant('write' as const), zone, data }),
      fc.constant({ kind: 'save' as const }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 4 }), data, (commands, answer) => {
        const wire = Uint8Array.from(commands.flatMap(it => Array.from(encodeGm6x(it))))
        expect(gm6xCommandFramer().push(wire)).toEqual(
          commands.map(it => ({ kind: 'command', command: it })),
        )
        expect(decodeGm6xReply(encodeGm6xReply(answer))).toEqual({
          kind: 'reply',
          type: 0,
          data: answer,
        })
      }),
    )
  })
})

const vectors = readSample('wire/gm6x-vectors.json')
test.skipIf(vectors === undefined)('every published GM6x frame is a command', () => {
  const { frames }: { frames: { hex: string }[] } = JSON.parse(vectors ?? '{}')
  expect(frames).toHaveLength(4)
  for (const { hex } of frames) {
    expect(gm6xCommandFramer().push(hexBytes(hex))).toMatchObject([{ kind: 'command' }])
  }
})

describe('Honeywell', () => {
  test('commands as the guides print them', () => {
    expect(HONEYWELL_TRIGGER).toEqual(hexBytes('16 54 0D'))
    expect(HONEYWELL_RELEASE).toEqual(hexBytes('16 55 0D'))
    expect(encodeMenuCommand('PAPLED1', true)).toEqual(
      Uint8Array.of(0x16, 0x4d, 0x0d, ...ascii('PAPLED1.')),
    )
  })

  test.each([
    ['PAPLED1\u0006.', { kind: 'menu-reply', command: 'PAPLED1', taken: true }],
    ['PAPLED1\u0005!', { kind: 'menu-reply', command: 'PAPLED1', taken: false }],
    ['PAPLED9\u0015.', { kind: 'menu-reply', command: 'PAPLED9', taken: false }],
    ['a code.', undefined],
    ['.', undefined],
    ['\u0001\u0006.', undefined],
  ])('%j', (text, reply) => {
    expect(readMenuReply(ascii(text))).toEqual(reply)
  })
})
