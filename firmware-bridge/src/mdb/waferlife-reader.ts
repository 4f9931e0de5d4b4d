/**
 * Waferlife RS232-MDB (PC2MDB) as a cashless reader, spoken in the words of vend-session.ts: the
 * machine's commands become its lines, its commands become raw bytes for the bus.
 *
 *   13 00 price(2) item(2) CHK ─▶ vend asked      approve ─▶ 05 amount(2) CHK
 *   13 02 item CHK ─▶ succeeded                   deny    ─▶ 06 CHK
 *   13 03 CHK ─▶ failed                           start   ─▶ 03 funds(2) CHK
 *   14 01 CHK ─▶ enabled, 14 00 ─▶ disabled, 10 ─▶ inactive, 13 04 ─▶ enabled
 *   13 05 price(2) item(2) CHK ─▶ cash sale, which is told and asks for nothing
 *
 * The box answers polls and the machine's setup by itself, and tells at power-on what it answers
 * (`01 level currency factor decimals …`). Until that is heard or configured, a price has no
 * meaning: such a request is denied, never guessed. (MDB/ICP 4.2, section 7; amounts of 16 bits.)
 */
import { formatDecimal, parseDecimal } from '@tillproof/shared/money/money.ts'
import { type Discarded, discard } from '../frame.ts'
import { readReaderAnswer, readVendCommand } from './cashless.ts'
import { withoutCheck } from './frame.ts'
import { type BusPrice, priceOf, type Scale } from './price.ts'
import type { AdapterLine, HostCommand } from './qibixx.ts'
import type { ReaderNumber } from './sniffer-state.ts'
import { withCheck } from './waferlife.ts'

export type WaferReaderConfig = {
  /** ISO 4217 letters of the machine's currency. */
  currency: string
  /** What the box is set to; null: wait until it tells. */
  scale: Scale | null
}

/** Somebody paid with coins or notes; in the words of the sniffer, which hears the same. */
export type ToldCashSale = {
  kind: 'cash-sale'
  reader: ReaderNumber
  price: BusPrice | null
  item: number | null
}

/** What the box said, and what it is set to from now on. */
export type WaferLine = {
  scale: Scale | null
  /** `unpriced`: a request whose price cannot be said; to be answered with a denial. */
  line: AdapterLine | Discarded | ToldCashSale | { kind: 'unpriced' }
}

const [RESET, SETUP, VEND, READER] = [0x10, 0x11, 0x13, 0x14]
const BOX_CONFIG = 0x01
const BOX_CONFIG_BYTES = 8

/** `bytes`: one frame of the box, CHK included. */
export function decodeWaferReader(config: WaferReaderConfig, bytes: Uint8Array): WaferLine {
  const { scale } = config
  const block = withoutCheck(bytes)
  if (block === undefined) return { scale, line: discard('bad-check', bytes) }
  // Both readers' addresses differ from 10h in the upper bits only.
  const command = ((block[0] ?? 0) & 0x07) | RESET
  const isOurs = ((block[0] ?? 0) & 0xf8) === 0x10 || ((block[0] ?? 0) & 0xf8) === 0x60
  if (block[0] === BOX_CONFIG && block.length === BOX_CONFIG_BYTES) return learn(block)
  if (!isOurs) return { scale, line: discard('malformed', bytes) }
  const reader = ((block[0] ?? 0) & 0xf8) === 0x10 ? 1 : 2
  return { scale, line: lineOf({ ...config, reader }, command, block.subarray(1), bytes) }
}

function learn(block: Uint8Array): WaferLine {
  const [config] = readReaderAnswer(block, false)
  const text = 'box configuration'
  const scale = config?.kind === 'config' ? config.scale : null
  return { scale, line: { kind: 'chatter', text } }
}

type Told = WaferReaderConfig & { reader: ReaderNumber }

function lineOf(
  config: Told,
  command: number,
  data: Uint8Array,
  bytes: Uint8Array,
): WaferLine['line'] {
  switch (command) {
    case RESET:
      return { kind: 'status', status: 'inactive' }
    case READER:
      return { kind: 'status', status: data[0] === 1 ? 'enabled' : 'disabled' }
    case VEND:
      return vendLine(config, data) ?? discard('malformed', bytes)
    case SETUP:
      return { kind: 'status', status: 'disabled' }
    default:
      return { kind: 'chatter', text: 'bus command' }
  }
}

function vendLine(config: Told, data: Uint8Array): WaferLine['line'] | undefined {
  const command = readVendCommand(data)
  switch (command?.kind) {
    case undefined:
      return undefined
    case 'request': {
      const { currency } = config
      const price = priceIn(config, command.price)?.minor ?? null
      if (price === null || command.wide) return { kind: 'unpriced' }
      const amount = formatDecimal({ amountMinor: price, currency })
      return { kind: 'vend-asked', amount, item: String(command.item ?? 0) }
    }
    case 'cash-sale':
      return { kind: 'cash-sale', reader: config.reader, ...soldIn(config, command) }
    case 'success':
      return { kind: 'vend-succeeded' }
    case 'failure':
      return { kind: 'vend-failed', code: 'vend-failure' }
    case 'cancel':
      return { kind: 'status', status: 'idle' }
    case 'session-complete':
      return { kind: 'status', status: 'enabled' }
  }
}

/** A wide price of a box that speaks 16 bits only is no price that it could have scaled. */
function soldIn(
  config: Told,
  { price, item, wide }: { price: number | null; item: number | null; wide: boolean },
): Pick<ToldCashSale, 'price' | 'item'> {
  return { price: wide ? null : priceIn(config, price), item }
}

function priceIn({ scale, currency }: Told, scaled: number | null): BusPrice | null {
  return scaled === null ? null : priceOf(scaled, scale, currency)
}

/**
 * Bytes for the box, CHK included. Null: the box knows no such command, or the amount cannot be
 * said on the bus (not a multiple of the scale, or above 16 bits).
 */
export function encodeWaferReader(
  { currency, scale }: WaferReaderConfig,
  command: HostCommand,
): Uint8Array | null {
  switch (command.kind) {
    case 'approve':
      return withAmount(0x05, scaledOf(command.amount, scale, currency))
    case 'start':
      return withAmount(0x03, scaledOf(command.amount, scale, currency))
    case 'deny':
      return withCheck(Uint8Array.of(0x06))
    case 'version':
    case 'switch':
      return null
  }
}

/** FFFFh is no amount of the bus: it says that the amount is not known. */
const MAX_SCALED = 0xfffe

function scaledOf(amount: string, scale: Scale | null, currency: string): number | null {
  const minor = parseDecimal(amount, currency)
  const unit = priceOf(1, scale, currency).minor
  if (minor === undefined || minor < 0n || unit === null || unit === 0n) return null
  const scaled = minor / unit
  return scaled * unit === minor && scaled <= MAX_SCALED ? Number(scaled) : null
}

function withAmount(code: number, scaled: number | null): Uint8Array | null {
  return scaled === null ? null : withCheck(Uint8Array.of(code, scaled >> 8, scaled & 0xff))
}
