/** Every line the adapter's documents and clients show, and what is none. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, readSample } from '../testing/samples.ts'
import {
  type AdapterLine,
  decodeAdapterLine,
  encodeHostCommand,
  type HostCommand,
} from './qibixx.ts'
import { decodeHostCommand, encodeAdapterLine } from './qibixx-adapter.ts'

describe('lines of the adapter', () => {
  test.each([
    ['v,4.0.2.0', { kind: 'version', version: '4.0.2.0' }],
    ['c,1', { kind: 'switched', on: true }],
    ['c,0', { kind: 'switched', on: false }],
    ['c,STATUS,INACTIVE', { kind: 'status', status: 'inactive' }],
    ['c,STATUS,IDLE', { kind: 'status', status: 'idle' }],
    ['c,STATUS,VEND,1.00,5', { kind: 'vend-asked', amount: '1.00', item: '5' }],
    ['c,VEND,SUCCESS', { kind: 'vend-succeeded' }],
    ['c,ERR,VEND 3', { kind: 'vend-failed', code: '3' }],
    ['c,ERR,"cashless is on"', { kind: 'error', text: '"cashless is on"' }],
    ['r,ACK', { kind: 'chatter', text: 'r,ACK' }],
  ])('%s', (text, line) => {
    expect(decodeAdapterLine(text)).toEqual(line)
  })

  test.each([
    'c',
    'c,',
    'c,STATUS',
    'c,STATUS,VEND',
    'c,STATUS,VEND,1.00',
    'c,STATUS,VEND,-1.00,5',
    'c,STATUS,VEND,1e2,5',
    'c,STATUS,VEND,1.00,5,9',
    'c,VEND,SUCCESSFUL',
    'q,1',
    'constructor',
    'c,STATUS,constructor',
  ])('malformed: %s', text => {
    expect(decodeAdapterLine(text)).toEqual({
      kind: 'discarded',
      reason: 'malformed',
      bytes: ascii(text),
    })
  })
})

test('commands of the host', () => {
  expect(encodeHostCommand({ kind: 'version' })).toEqual(ascii('V\n'))
  expect(encodeHostCommand({ kind: 'switch', on: true })).toEqual(ascii('C,1\n'))
  expect(encodeHostCommand({ kind: 'approve', amount: '1.00' })).toEqual(ascii('C,VEND,1.00\n'))
  expect(encodeHostCommand({ kind: 'deny' })).toEqual(ascii('C,STOP\n'))
  expect(encodeHostCommand({ kind: 'start', amount: '5.00' })).toEqual(ascii('C,START,5.00\n'))
})

const dialogues = readSample('wire/qibixx-cashless-dialogues.json')
test.skipIf(dialogues === undefined)('every adapter line of the recorded dialogues', () => {
  const recorded: Record<string, unknown> = JSON.parse(dialogues ?? '{}')
  const lines = Object.values(recorded)
    .filter(value => Array.isArray(value))
    .flat()
    .flatMap(entry => (Array.isArray(entry) ? (entry[0] === 'a' ? [entry[1]] : []) : [entry]))
  expect(lines.length).toBeGreaterThan(10)
  for (const line of lines) expect(decodeAdapterLine(line)).not.toHaveProperty('reason')
})

const amount = fc
  .tuple(fc.integer({ min: 0, max: 999_999_999 }), fc.integer({ min: 0, max: 9999 }))
  .map(([whole, part]) => `${whole}.${String(part).padStart(4, '0')}`)

test('whatever the adapter says is heard', () => {
  const item = fc.integer({ min: 0, max: 65_535 }).map(String)
  const line: fc.Arbitrary<AdapterLine> = fc.oneof(
    fc.record({ kind: fc.constant('switched' as const), on: fc.boolean() }),
    fc.record({
      kind: fc.constant('status' as const),
      status: fc.constantFrom('inactive', 'disabled', 'enabled', 'idle'),
    }),
    fc.record({ kind: fc.constant('vend-asked' as const), amount, item }),
    fc.constant({ kind: 'vend-succeeded' as const }),
    fc.record({ kind: fc.constant('vend-failed' as const), code: item }),
    fc.record({
      kind: fc.constant('version' as const),
      version: fc.stringMatching(/^[\d.]{1,9}$/),
    }),
  )
  fc.assert(
    fc.property(line, said => {
      expect(decodeAdapterLine(encodeAdapterLine(said))).toEqual(said)
    }),
  )
})

test('whatever the host commands is obeyed', () => {
  const command: fc.Arbitrary<HostCommand> = fc.oneof(
    fc.constantFrom<HostCommand>({ kind: 'version' }, { kind: 'deny' }),
    fc.record({ kind: fc.constant('switch' as const), on: fc.boolean() }),
    fc.record({ kind: fc.constantFrom('approve' as const, 'start' as const), amount }),
  )
  fc.assert(
    fc.property(command, said => {
      const text = new TextDecoder().decode(encodeHostCommand(said))
      expect(decodeHostCommand(text.trimEnd())).toEqual(said)
    }),
  )
  expect(['', 'C', 'C,2', 'C,VEND', 'C,VEND,x', 'Q'].map(decodeHostCommand)).toEqual(
    Array(6).fill(undefined),
  )
})
