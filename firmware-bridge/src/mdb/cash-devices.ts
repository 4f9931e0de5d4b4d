/**
 * What coin changers and bill validators tell when asked (MDB/ICP 4.2, sections 5 and 6): their
 * setup, and the money that passed since the last poll.
 *
 *   changer    01rrtttt tubes   coin of type t to cash box (00), tubes (01), customer (11)
 *              1nnntttt tubes   n coins of type t paid out by hand
 *   validator  1rrrtttt         bill of type t stacked (0), in escrow (1), returned (2)
 *   both       0000ssss         status
 */
import { currencyCodeOf, type Scale } from './price.ts'

export type CashSetup = {
  level: number
  scale: Scale
  /** Value of each coin or bill type in units of the bus; null: not in use, or a token. */
  values: readonly (number | null)[]
}

export type CoinRoute = 'cash-box' | 'tube' | 'reject' | 'unknown'
export type CoinActivity =
  | { kind: 'coin'; type: number; route: CoinRoute }
  | { kind: 'paid-out'; type: number; count: number }
  | { kind: 'slug'; count: number }
  | { kind: 'status'; status: string }

export type BillRoute = 'stacked' | 'escrow' | 'returned' | 'recycler' | 'rejected' | 'unknown'
export type BillActivity =
  | { kind: 'bill'; type: number; route: BillRoute }
  | { kind: 'attempts'; count: number }
  | { kind: 'status'; status: string }

const TYPES = 16
const TOKEN = 0xff
const CHANGER_SETUP_BYTES = 7 + TYPES
const VALIDATOR_SETUP_BYTES = 11 + TYPES

/** Answer to 09h: level currency(2) factor decimals routing(2) value(16). */
export function readChangerSetup(data: Uint8Array): CashSetup | undefined {
  if (data.length !== CHANGER_SETUP_BYTES) return undefined
  const [level = 0, high = 0, low = 0, factor = 0, decimals = 0] = data
  return setup(level, high, low, factor, decimals, data.subarray(7))
}

/**
 * Answer to 31h: level currency(2) factor(2) decimals capacity(2) security(2) escrow value(16).
 * Validators with fewer bill types may answer fewer values.
 */
export function readValidatorSetup(data: Uint8Array): CashSetup | undefined {
  if (data.length < 12 || data.length > VALIDATOR_SETUP_BYTES) return undefined
  const [level = 0, high = 0, low = 0, factorHigh = 0, factorLow = 0, decimals = 0] = data
  return setup(level, high, low, factorHigh * 256 + factorLow, decimals, data.subarray(11))
}

function setup(
  level: number,
  high: number,
  low: number,
  factor: number,
  decimals: number,
  values: Uint8Array,
): CashSetup {
  const scale = { factor, decimals, currencyCode: currencyCodeOf(high, low) }
  const known = Array.from(values, value => (value === 0 || value === TOKEN ? null : value))
  return { level, scale, values: known }
}

const COIN_ROUTES = ['cash-box', 'tube', 'unknown', 'reject'] as const
const COIN_STATUS = [
  ...['unknown', 'escrow-request', 'payout-busy', 'no-credit', 'tube-sensor', 'double-arrival'],
  ...['acceptor-unplugged', 'tube-jam', 'rom-checksum', 'routing-error', 'busy', 'reset'],
  ...['coin-jam', 'coin-removed'],
]

/** Answer to 0Bh → what happened, oldest first. A torn last pair is left out. */
export function readCoinActivity(data: Uint8Array): CoinActivity[] {
  const found: CoinActivity[] = []
  for (let at = 0; at < data.length; at++) {
    const byte = data[at] ?? 0
    const isPair = byte >= 0x40
    if (isPair && at + 1 >= data.length) break
    found.push(coinActivity(byte))
    if (isPair) at++
  }
  return found
}

function coinActivity(byte: number): CoinActivity {
  const type = byte & 0x0f
  if (byte >= 0x80) return { kind: 'paid-out', type, count: (byte >> 4) & 0x07 }
  if (byte >= 0x40) return { kind: 'coin', type, route: COIN_ROUTES[(byte >> 4) & 3] ?? 'unknown' }
  if (byte >= 0x20) return { kind: 'slug', count: byte & 0x1f }
  return { kind: 'status', status: COIN_STATUS[byte] ?? 'unknown' }
}

const BILL_ROUTES = ['stacked', 'escrow', 'returned', 'recycler', 'rejected'] as const
const BILL_STATUS = [
  ...['unknown', 'motor', 'sensor', 'busy', 'rom-checksum', 'jam', 'reset', 'bill-removed'],
  ...['cash-box-away', 'disabled', 'bad-escrow-request', 'bill-rejected', 'credited-bill-removed'],
]

/** Answer to 33h → what happened, oldest first. */
export function readBillActivity(data: Uint8Array): BillActivity[] {
  return Array.from(data, byte => {
    if (byte >= 0x80) {
      const route = BILL_ROUTES[(byte >> 4) & 0x07] ?? 'unknown'
      return { kind: 'bill', type: byte & 0x0f, route }
    }
    if (byte >= 0x40) return { kind: 'attempts', count: byte & 0x1f }
    return { kind: 'status', status: BILL_STATUS[byte] ?? 'unknown' }
  })
}
