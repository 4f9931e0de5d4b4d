/**
 * What master and cashless reader tell each other (MDB/ICP 4.2, section 7): the vend commands of
 * the one, the messages of the other. Amounts stay in units of the bus; see price.ts.
 *
 *   13 00 price(2) item(2)   request     05 amount(2)             approved    13 02 item   success
 *   13 05 price(2) item(2)   cash sale   06                       denied      13 03        failure
 *   13 01                    cancel      01 level currency(2) …   config      13 04        complete
 *
 * Readers with 32-bit money send four bytes for each amount; the length of the request tells.
 */
import { currencyCodeOf, isUnknown, type Scale } from './price.ts'

type Priced = { price: number | null; item: number | null; wide: boolean }
export type VendCommand =
  | ({ kind: 'request' } & Priced)
  | ({ kind: 'cash-sale' } & Priced)
  | { kind: 'success'; item: number | null }
  | { kind: 'cancel' | 'failure' | 'session-complete' }

export type ReaderMessage =
  | { kind: 'config'; level: number; scale: Scale; reportsCashSales: boolean }
  | { kind: 'approved'; amount: number | null }
  | { kind: 'just-reset' | 'begin-session' | 'denied' | 'end-session' | 'session-cancel' }

const [REQUEST, CANCEL, SUCCESS, FAILURE, COMPLETE, CASH_SALE] = [0, 1, 2, 3, 4, 5]

/** `data`: what follows the command byte 13h or 63h. Undefined for anything not understood. */
export function readVendCommand(data: Uint8Array): VendCommand | undefined {
  const [sub] = data
  if (sub === REQUEST || sub === CASH_SALE) {
    return readPriced(sub === REQUEST ? 'request' : 'cash-sale', data)
  }
  if (sub === SUCCESS && data.length === 3) return { kind: 'success', item: number(data, 1, 2) }
  if (data.length !== 1) return undefined
  if (sub === CANCEL) return { kind: 'cancel' }
  if (sub === FAILURE) return { kind: 'failure' }
  return sub === COMPLETE ? { kind: 'session-complete' } : undefined
}

/** A cash sale in another currency (two bytes more) is not understood: refused, not guessed. */
function readPriced(kind: 'request' | 'cash-sale', data: Uint8Array): VendCommand | undefined {
  if (data.length !== 5 && data.length !== 7) return undefined
  const wide = data.length === 7
  const bytes = wide ? 4 : 2
  return { kind, price: number(data, 1, bytes), item: number(data, 1 + bytes, 2), wide }
}

/**
 * A reader's answer → its messages, in order. A message of unknown length hides what follows it,
 * and so reading stops there. `wide`: amounts have four bytes.
 */
export function readReaderAnswer(data: Uint8Array, wide: boolean): ReaderMessage[] {
  const messages: ReaderMessage[] = []
  for (let at = 0; at < data.length; ) {
    const length = lengthOf(data[at] ?? 0, wide)
    if (length === undefined || at + length > data.length) return [...messages, ...tail(data[at])]
    const message = readMessage(data.subarray(at, at + length))
    if (message !== undefined) messages.push(message)
    at += length
  }
  return messages
}

/** The beginning of a session has several lengths; that it begins is all that matters here. */
function tail(code: number | undefined): ReaderMessage[] {
  return code === 0x03 ? [{ kind: 'begin-session' }] : []
}

const LENGTHS = new Map([
  [0x00, 1],
  [0x01, 8],
  [0x02, 34],
  [0x04, 1],
  [0x06, 1],
  [0x07, 1],
  [0x08, 1],
  [0x0a, 2],
  [0x0d, 1],
  [0x0e, 1],
])

function lengthOf(code: number, wide: boolean): number | undefined {
  return code === 0x05 ? (wide ? 5 : 3) : LENGTHS.get(code)
}

function readMessage(message: Uint8Array): ReaderMessage | undefined {
  switch (message[0]) {
    case 0x00:
      return { kind: 'just-reset' }
    case 0x01:
      return readConfig(message)
    case 0x04:
      return { kind: 'session-cancel' }
    case 0x05:
      return { kind: 'approved', amount: number(message, 1, message.length - 1) }
    case 0x06:
      return { kind: 'denied' }
    case 0x07:
      return { kind: 'end-session' }
    default:
      return undefined
  }
}

function readConfig(message: Uint8Array): ReaderMessage {
  const [, level = 0, high = 0, low = 0, factor = 0, decimals = 0, , options = 0] = message
  const scale = { factor, decimals, currencyCode: currencyCodeOf(high, low) }
  return { kind: 'config', level, scale, reportsCashSales: (options & 0x08) !== 0 }
}

/** Big-endian; null where all bits are set, which says "not known". */
function number(bytes: Uint8Array, at: number, length: number): number | null {
  let value = 0
  for (const byte of bytes.subarray(at, at + length)) value = value * 256 + byte
  return isUnknown(value, length) ? null : value
}
