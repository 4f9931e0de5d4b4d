/**
 * A message on the line of a microcontroller bridge, 115200 8N1 (docs/wire/bridge.md).
 *
 *   | 00 | COBS( type | payload | CRC-32, low byte first ) | 00 |
 *
 * A zero stands on both sides, so that noise before a frame spoils nothing of it. The checksum is
 * CRC-32/ISO-HDLC, which zlib has.
 */
import { crc32 } from 'node:zlib'
import { cobsDecode, cobsEncode } from './cobs.ts'
import { type BridgeMessage, encodeMessage } from './message.ts'

export const MAX_BODY_BYTES = 96
/** What stands between two zeros at most. */
export const MAX_STUFFED_BYTES = MAX_BODY_BYTES + 1
const CHECK_BYTES = 4

export function encodeFrame(message: BridgeMessage): Uint8Array {
  const body = encodeMessage(message)
  const crc = crc32(body)
  const check = Array.from({ length: CHECK_BYTES }, (_, byte) => (crc >>> (8 * byte)) & 0xff)
  return Uint8Array.from([0, ...cobsEncode(Uint8Array.from([...body, ...check])), 0])
}

/** Type and payload of what stood between two zeros; undefined when damaged. */
export function openFrame(stuffed: Uint8Array): Uint8Array | undefined {
  const whole = cobsDecode(stuffed)
  if (whole === undefined || whole.length <= CHECK_BYTES) return undefined
  const body = whole.subarray(0, -CHECK_BYTES)
  const check = whole.subarray(-CHECK_BYTES)
  const told = check.reduceRight((number, byte) => number * 256 + byte, 0)
  return crc32(body) === told ? body : undefined
}
