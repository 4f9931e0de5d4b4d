/**
 * Lines of a Qibixx adapter that listens to a bus and never speaks on it (`X,1`; 115200 8N1):
 *
 *   x,00,0006532052,11,01ffff0000     master: command 11, data
 *   x,00,0006528766,12,               master: command without data
 *   x,80,0006531012,0103175601021e00  peripheral: data
 *   x,80,0006531978,ACK               either side: a byte that is no block
 *   x,ACK                             listening begins
 *
 * First hex pair: 00 master, 80 peripheral; the low seven bits tell bus errors. Then the start of
 * the block in steps of 0.1 ms. CHK is checked and left out. Lines may come a few milliseconds out
 * of order. Source: Qibixx documentation, "Sniff (Telemetry)".
 */
import { type Discarded, discard } from '../frame.ts'
import { hexToBytes, MAX_BLOCK_BYTES } from './frame.ts'

export type Sniffed = { atTenthMs: number } & (
  | { from: 'master'; says: 'command'; command: number; data: Uint8Array }
  | { from: 'peripheral'; says: 'data'; data: Uint8Array }
  | { from: 'master' | 'peripheral'; says: 'ack' | 'nak' | 'ret' }
  /** The adapter saw a bus error: half may be true, and nobody can say which half. */
  | { from: 'master' | 'peripheral'; says: 'damaged' }
)

export type SniffLine =
  | { kind: 'sniffed'; block: Sniffed }
  /** The adapter listens, or says that it does not know the command. */
  | { kind: 'listening'; on: boolean }

const LINE = /^x,([0-9a-fA-F]{2}),(\d{1,10}),([0-9a-zA-Z]*)(?:,([0-9a-zA-Z]*))?$/
const PERIPHERAL = 0x80
const ERROR_BITS = 0x7f

const SIGNS = new Map<string, 'ack' | 'nak' | 'ret'>([
  ['ACK', 'ack'],
  ['NAK', 'nak'],
  ['NACK', 'nak'],
  ['RET', 'ret'],
])

/** Reads one line; what the adapter's document does not know comes back as `malformed`. */
export function decodeSniffLine(text: string): SniffLine | Discarded {
  if (text === 'x,ACK' || text === 'x,NACK') return { kind: 'listening', on: text === 'x,ACK' }
  const [, status, time, first, second] = LINE.exec(text) ?? []
  if (status === undefined || time === undefined || first === undefined) return given(text)
  const flags = Number.parseInt(status, 16)
  const from = (flags & PERIPHERAL) === 0 ? 'master' : 'peripheral'
  const atTenthMs = Number(time)
  const block: Sniffed | undefined =
    (flags & ERROR_BITS) === 0
      ? blockOf(from, atTenthMs, first, second)
      : { atTenthMs, from, says: 'damaged' }
  return block === undefined ? given(text) : { kind: 'sniffed', block }
}

function blockOf(
  from: 'master' | 'peripheral',
  atTenthMs: number,
  first: string,
  second: string | undefined,
): Sniffed | undefined {
  const sign = SIGNS.get(first)
  if (sign !== undefined) return second ? undefined : { atTenthMs, from, says: sign }
  // The master's command and its data are two fields, a peripheral's answer is one.
  const bytes = hexToBytes(from === 'master' ? first + (second ?? '') : first)
  if (bytes === undefined || bytes.length === 0 || bytes.length > MAX_BLOCK_BYTES) return undefined
  if (from === 'peripheral')
    return second ? undefined : { atTenthMs, from, says: 'data', data: bytes }
  if (first.length !== 2) return undefined
  const [command = 0] = bytes
  return { atTenthMs, from, says: 'command', command, data: bytes.subarray(1) }
}

/** `X,1` and `X,0`, terminator included: the only bytes a listening host ever sends. */
export function encodeListening(on: boolean): Uint8Array {
  return new TextEncoder().encode(on ? 'X,1\n' : 'X,0\n')
}

/** The line as the adapter writes it, without its end: what simulated adapters say. */
export function encodeSniffLine(block: Sniffed): string {
  const side = (block.from === 'master' ? 0 : PERIPHERAL) + (block.says === 'damaged' ? 1 : 0)
  const head = `x,${hex([side])},${padded(block.atTenthMs)}`
  if (block.says === 'damaged') return `${head},`
  if (block.says === 'command') return `${head},${hex([block.command])},${hex(block.data)}`
  return block.says === 'data'
    ? `${head},${hex(block.data)}`
    : `${head},${block.says.toUpperCase()}`
}

function padded(atTenthMs: number): string {
  return String(atTenthMs).padStart(10, '0')
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

function given(text: string): Discarded {
  return discard('malformed', new TextEncoder().encode(text))
}
