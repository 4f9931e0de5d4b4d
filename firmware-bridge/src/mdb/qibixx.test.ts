/** Every line the adapter's documents and clients show, and what is none. */
import { describe, expect, test } from 'vitest'
import { ascii, readSample } from '../testing/samples.ts'
import { decodeAdapterLine, encodeHostCommand } from './qibixx.ts'

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
