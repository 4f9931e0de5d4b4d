/**
 * The text protocol of the Qibixx MDB adapters (Pi Hat, MDB-USB) in cashless reader mode.
 * 115200 8N1; the host ends a line with LF, the adapter answers with CRLF. Upper case is the host,
 * lower case the adapter:
 *
 *   V             v,4.0.2.0                          version
 *   C,1  C,0      c,1  c,0                           reader on, off
 *                 c,STATUS,INACTIVE|DISABLED|ENABLED|IDLE
 *                 c,STATUS,VEND,<amount>,<item>      the machine asks for money
 *   C,VEND,<amt>  c,VEND,SUCCESS                     approved; goods came out
 *                 c,ERR,VEND 3                       approved; goods did not come out
 *   C,STOP                                           denied, or credit taken back
 *   C,START,<amt>                                    credit first, the choice later
 *                 c,ERR,"cashless is on"             any other error
 *                 r,ACK                              bus chatter
 *
 * Amounts stay decimal text here: only the session knows the currency.
 */
import { type Discarded, discard } from '../frame.ts'

export type AdapterStatus = 'inactive' | 'disabled' | 'enabled' | 'idle'

export type AdapterLine =
  | { kind: 'version'; version: string }
  | { kind: 'switched'; on: boolean }
  | { kind: 'status'; status: AdapterStatus }
  | { kind: 'vend-asked'; amount: string; item: string }
  | { kind: 'vend-succeeded' }
  | { kind: 'vend-failed'; code: string }
  | { kind: 'error'; text: string }
  | { kind: 'chatter'; text: string }

export type HostCommand =
  | { kind: 'version' }
  | { kind: 'switch'; on: boolean }
  | { kind: 'approve'; amount: string }
  | { kind: 'deny' }
  /** Offers credit before anything was chosen, where the machine wants it in that order. */
  | { kind: 'start'; amount: string }

/** Longest line the adapter sends is below 100 bytes; the rest is room for vendor extensions. */
export const MAX_LINE_BYTES = 256

const AMOUNT = /^\d{1,9}(\.\d{1,4})?$/
const ITEM = /^\d{1,5}$/

/** Reads one line of the adapter; what the protocol does not know comes back as `malformed`. */
export function decodeAdapterLine(text: string): AdapterLine | Discarded {
  const [head, ...rest] = text.split(',')
  if (head === 'v' && rest.length > 0) return { kind: 'version', version: rest.join(',') }
  if (head === 'r' || head === 'x' || head === 'm') return { kind: 'chatter', text }
  if (head === 'c') return decodeCashless(text, rest)
  return malformed(text)
}

function decodeCashless(text: string, fields: string[]): AdapterLine | Discarded {
  const [verb, value, ...more] = fields
  if (verb === '1' || verb === '0') return { kind: 'switched', on: verb === '1' }
  if (verb === 'STATUS') return decodeStatus(text, value, more)
  if (verb === 'VEND' && value === 'SUCCESS') return { kind: 'vend-succeeded' }
  if (verb !== 'ERR' || value === undefined) return malformed(text)
  // Vendors' firmware writes the dispense error with a space where a comma would be expected.
  const failed = /^VEND[ ,](\d+)$/.exec([value, ...more].join(','))
  if (failed?.[1] !== undefined) return { kind: 'vend-failed', code: failed[1] }
  return { kind: 'error', text: [value, ...more].join(',') }
}

const STATUSES = new Map<string | undefined, AdapterStatus>([
  ['INACTIVE', 'inactive'],
  ['DISABLED', 'disabled'],
  ['ENABLED', 'enabled'],
  ['IDLE', 'idle'],
])

function decodeStatus(
  text: string,
  value: string | undefined,
  more: string[],
): AdapterLine | Discarded {
  const [amount, item] = more
  if (value === 'VEND') {
    if (more.length !== 2 || amount === undefined || item === undefined) return malformed(text)
    if (!AMOUNT.test(amount) || !ITEM.test(item)) return malformed(text)
    return { kind: 'vend-asked', amount, item }
  }
  const status = STATUSES.get(value)
  return status === undefined ? malformed(text) : { kind: 'status', status }
}

/** Bytes for the adapter, terminator included. */
export function encodeHostCommand(command: HostCommand): Uint8Array {
  return new TextEncoder().encode(`${hostText(command)}\n`)
}

function hostText(command: HostCommand): string {
  switch (command.kind) {
    case 'version':
      return 'V'
    case 'switch':
      return command.on ? 'C,1' : 'C,0'
    case 'approve':
      return `C,VEND,${command.amount}`
    case 'deny':
      return 'C,STOP'
    case 'start':
      return `C,START,${command.amount}`
  }
}

function malformed(text: string): Discarded {
  return discard('malformed', new TextEncoder().encode(text))
}
