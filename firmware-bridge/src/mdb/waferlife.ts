/**
 * Waferlife's two boxes between RS-232 (9600 8N1) and an MDB bus. Towards the bus the host sends
 * raw bytes; the box answers in hex text, as a line or between STX and ETX by version:
 *
 *   09                            out: ask the changer for its setup
 *   "03 11 56 05 01 … 76" CR LF   back: the answer, no address, CHK at its end
 *   "08 51 00" CR LF              back, unasked: address of the peripheral, then its activity
 *   02 "140115" 03                back: reader enabled, CHK at its end
 *
 * MDB-RS232 makes the host a machine that drives peripherals (waferlife-master.ts); RS232-MDB makes
 * it a cashless reader of a machine (waferlife-reader.ts). Sources: Waferlife quick starts of both.
 */
import { type Discarded, discard, type Framer } from '../frame.ts'
import { checkOf, hexToBytes, MAX_BLOCK_BYTES } from './frame.ts'

export type WaferFrame = { kind: 'wafer'; bytes: Uint8Array }

/** Hex pairs with blanks, and room for the text a box introduces itself with. */
export const MAX_WAFER_BYTES = 160

const [STX, ETX, LF, CR] = [0x02, 0x03, 0x0a, 0x0d]

export function waferFramer(): Framer<WaferFrame> {
  const buffer = new Uint8Array(MAX_WAFER_BYTES)
  let used = 0
  let opened: 'by-stx' | 'plainly' | 'too-long' = 'plainly'

  function take(byte: number): WaferFrame | Discarded | undefined {
    if (byte === STX) return begin()
    if (byte === ETX || byte === CR || byte === LF) return finish(byte === ETX)
    if (used === MAX_WAFER_BYTES) opened = 'too-long'
    else buffer[used++] = byte
    return undefined
  }

  /** What came before a beginning never ended. */
  function begin(): Discarded | undefined {
    const left = used === 0 ? undefined : discard('truncated', buffer.subarray(0, used))
    used = 0
    opened = 'by-stx'
    return left
  }

  function finish(byEtx: boolean): WaferFrame | Discarded | undefined {
    const bytes = buffer.slice(0, used)
    const how = opened
    used = 0
    opened = 'plainly'
    if (bytes.length === 0) return undefined
    if (how === 'too-long') return discard('oversize', bytes)
    if ((how === 'by-stx') !== byEtx) return discard('truncated', bytes)
    return readHexText(bytes)
  }

  return {
    push: chunk => Array.from(chunk, take).filter(frame => frame !== undefined),
    flush() {
      const left = used === 0 ? [] : [discard('truncated', buffer.subarray(0, used))]
      used = 0
      opened = 'plainly'
      return left
    },
    bufferedBytes: () => used,
  }
}

function readHexText(text: Uint8Array): WaferFrame | Discarded {
  if (!text.every(byte => byte >= 0x20 && byte < 0x7f)) return discard('noise', text)
  const bytes = hexToBytes(String.fromCharCode(...text).replaceAll(' ', ''))
  if (bytes === undefined || bytes.length === 0) return discard('malformed', text)
  return bytes.length > MAX_BLOCK_BYTES ? discard('oversize', text) : { kind: 'wafer', bytes }
}

/** A block with its CHK appended, as the reader's box wants what it shall say on the bus. */
export function withCheck(block: Uint8Array): Uint8Array {
  return Uint8Array.from([...block, checkOf(block)])
}

/** How a box tells `bytes`: what simulated boxes say. */
export function encodeWaferText(bytes: Uint8Array, by: 'line' | 'stx'): Uint8Array {
  const pairs = Array.from(bytes, byte => byte.toString(16).toUpperCase().padStart(2, '0'))
  const text = by === 'stx' ? `\u0002${pairs.join('')}\u0003` : `${pairs.join(' ')}\r\n`
  return new TextEncoder().encode(text)
}
