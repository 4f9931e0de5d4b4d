/**
 * What travels on a DEX/UCS line: 9600 8N1, one side at a time, every step acknowledged.
 *
 *   05                         ENQ   may I send? · are you there? · repeat your last answer
 *   10 30   10 31              ACK0, ACK1, in turn; ACK0 answers the first ENQ
 *   10 3B                      WACK  wait, I am busy
 *   15                         NAK   that was damaged, again
 *   04                         EOT   done
 *   10 01 text 10 03 crc       header (SOH … ETX), the handshakes
 *   10 02 text 10 17|03 crc    data (STX … ETB, the last one ETX), at most 245 bytes of text
 *
 * The CRC is CRC-16/ARC, low byte first, over the text and the closing ETB or ETX, without DLE and
 * SYN. A DLE in the text is sent twice and counts once.
 */
import { crc16Arc } from '../crc.ts'

export const SOH = 0x01
export const STX = 0x02
export const ETX = 0x03
export const EOT = 0x04
export const ENQ = 0x05
export const DLE = 0x10
export const NAK = 0x15
export const SYN = 0x16
export const ETB = 0x17

export type Control = 'enq' | 'eot' | 'nak' | 'ack0' | 'ack1' | 'wack'

export type DexControl = { kind: 'control'; control: Control }
export type DexBlock = {
  kind: 'block'
  type: 'header' | 'data'
  /** Closed by ETX: nothing of this message follows. */
  last: boolean
  text: Uint8Array
}
export type DexFrame = DexControl | DexBlock

/** The standard's limit for what we send. */
export const MAX_TEXT_BYTES = 245

const CONTROLS: Record<Control, readonly number[]> = {
  enq: [ENQ],
  eot: [EOT],
  nak: [NAK],
  ack0: [DLE, 0x30],
  ack1: [DLE, 0x31],
  wack: [DLE, 0x3b],
}

export function encodeControl(control: Control): Uint8Array {
  return Uint8Array.from(CONTROLS[control])
}

export function encodeBlock({ type, last, text }: Omit<DexBlock, 'kind'>): Uint8Array {
  const close = last ? ETX : ETB
  const crc = blockCrc(text, close)
  const stuffed = Array.from(text).flatMap(byte => (byte === DLE ? [DLE, DLE] : [byte]))
  const open = type === 'header' ? SOH : STX
  return Uint8Array.from([DLE, open, ...stuffed, DLE, close, crc & 0xff, crc >> 8])
}

/** Over the text as it was meant, and the byte that closed it. */
export function blockCrc(text: Uint8Array, close: number): number {
  return crc16Arc(Uint8Array.of(close), crc16Arc(text))
}

/** A long text as the data blocks of one message. Nothing at all is one empty block. */
export function dataBlocks(text: Uint8Array, blockBytes = MAX_TEXT_BYTES): Uint8Array[] {
  const count = Math.max(1, Math.ceil(text.length / blockBytes))
  return Array.from({ length: count }, (_, index) => {
    const piece = text.subarray(index * blockBytes, (index + 1) * blockBytes)
    return encodeBlock({ type: 'data', last: index === count - 1, text: piece })
  })
}
