/**
 * Modbus RTU requests, as a unit on the bus hears them. (The master's side of the line is the
 * library's; this one serves simulated units and listening taps.)
 *
 *   01 03 | 00 00 00 0A | C5 CD      unit, function, body; CRC-16/MODBUS low byte first
 *   01 10 | addr count n | n bytes | CRC     functions 0F and 10 carry their own byte count
 *
 * RTU has no start byte: frames are found by length and checksum. On a bad checksum one byte is
 * given up and the search goes on, so that leading noise cannot swallow the request behind it.
 */
import { crc16Modbus } from '../crc.ts'
import { type Discarded, discard, type Framer } from '../frame.ts'

export type RtuRequest = { kind: 'request'; unit: number; pdu: Uint8Array }

/** The serial line guide's limit of an RTU frame. */
export const MAX_RTU_BYTES = 256

export function rtuRequestFramer(): Framer<RtuRequest> {
  let buffer: Uint8Array = new Uint8Array(0)

  function drain(): (RtuRequest | Discarded)[] {
    const out: (RtuRequest | Discarded)[] = []
    const refused: number[] = []
    while (buffer.length > 0) {
      const length = requestLength(buffer)
      if (length === 'unknown-yet' || (typeof length === 'number' && length > buffer.length)) break
      if (length !== 'never' && checks(buffer.subarray(0, length))) {
        giveUp(out, refused)
        out.push({
          kind: 'request',
          unit: buffer[0] ?? 0,
          pdu: buffer.slice(1, length - 2),
        })
        buffer = buffer.slice(length)
      } else {
        refused.push(buffer[0] ?? 0)
        buffer = buffer.slice(1)
      }
    }
    giveUp(out, refused)
    return out
  }

  return {
    push(chunk) {
      const joined = new Uint8Array(buffer.length + chunk.length)
      joined.set(buffer)
      joined.set(chunk, buffer.length)
      const over = discardOverflow(joined)
      buffer = joined.subarray(over === undefined ? 0 : over.bytes.length)
      return over === undefined ? drain() : [over, ...drain()]
    },
    flush() {
      if (buffer.length === 0) return []
      const left = discard('truncated', buffer)
      buffer = new Uint8Array(0)
      return [left]
    },
    bufferedBytes: () => buffer.length,
  }
}

/** More than four frames in one read is a babbling line, not a master. */
function discardOverflow(joined: Uint8Array): Discarded | undefined {
  const excess = joined.length - 4 * MAX_RTU_BYTES
  return excess > 0 ? discard('oversize', joined.subarray(0, excess)) : undefined
}

function giveUp(out: (RtuRequest | Discarded)[], refused: number[]): void {
  if (refused.length > 0) out.push(discard('bad-check', Uint8Array.from(refused.splice(0))))
}

function requestLength(buffer: Uint8Array): number | 'unknown-yet' | 'never' {
  const fn = buffer[1]
  if (fn === undefined) return 'unknown-yet'
  if (fn >= 0x01 && fn <= 0x06) return 8
  if (fn !== 0x0f && fn !== 0x10) return 'never'
  const count = buffer[6]
  if (count === undefined) return 'unknown-yet'
  return 9 + count > MAX_RTU_BYTES ? 'never' : 9 + count
}

function checks(frame: Uint8Array): boolean {
  const check = (frame.at(-2) ?? 0) | ((frame.at(-1) ?? 0) << 8)
  return crc16Modbus(frame.subarray(0, -2)) === check
}

/** Unit and PDU → frame with its checksum. */
export function encodeRtu(unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(pdu.length + 3)
  frame[0] = unit
  frame.set(pdu, 1)
  const check = crc16Modbus(frame.subarray(0, -2))
  frame[frame.length - 2] = check & 0xff
  frame[frame.length - 1] = check >> 8
  return frame
}
