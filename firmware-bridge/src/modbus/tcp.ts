/**
 * Modbus TCP, from either end of the connection (Modbus messaging on TCP/IP, section 3.1.3):
 *
 *   00 01 | 00 00 | 00 06 | 01 | 03 00 00 00 0A     transaction, protocol 0, length, unit, PDU
 *
 * The length counts unit and PDU. TCP keeps bytes whole and in order, and so there is no checksum:
 * a header that cannot be one means that the other end speaks something else. Bytes are given up
 * until a header could begin again; a server rather ends the connection.
 */
import { type Discarded, discard, type Framer } from '../frame.ts'

export type ModbusAdu = { kind: 'adu'; transaction: number; unit: number; pdu: Uint8Array }

const HEADER_BYTES = 7
/** Unit and the longest PDU of 253 bytes. */
const MAX_LENGTH = 254
export const MAX_ADU_BYTES = HEADER_BYTES - 1 + MAX_LENGTH

export function modbusTcpFramer(): Framer<ModbusAdu> {
  let buffer: Uint8Array = new Uint8Array(0)

  function drain(): (ModbusAdu | Discarded)[] {
    const out: (ModbusAdu | Discarded)[] = []
    const refused: number[] = []
    let at = 0
    while (at < buffer.length) {
      const length = lengthOf(buffer.subarray(at))
      if (length === 'unknown-yet' || (length !== 'never' && at + 6 + length > buffer.length)) break
      if (length === 'never') refused.push(buffer[at++] ?? 0)
      else {
        giveUp(out, refused)
        out.push(decode(buffer.subarray(at, at + 6 + length)))
        at += 6 + length
      }
    }
    giveUp(out, refused)
    buffer = buffer.slice(at)
    return out
  }

  return {
    push(chunk) {
      const out: (ModbusAdu | Discarded)[] = []
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + MAX_ADU_BYTES - buffer.length)
        buffer = Uint8Array.from([...buffer, ...piece])
        at += piece.length
        out.push(...drain())
      }
      return out
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

function lengthOf(bytes: Uint8Array): number | 'unknown-yet' | 'never' {
  if ((bytes[2] ?? 0) !== 0 || (bytes[3] ?? 0) !== 0 || (bytes[4] ?? 0) !== 0) return 'never'
  const length = bytes[5]
  if (length === undefined) return 'unknown-yet'
  return length < 2 || length > MAX_LENGTH ? 'never' : length
}

function decode(adu: Uint8Array): ModbusAdu {
  const transaction = ((adu[0] ?? 0) << 8) | (adu[1] ?? 0)
  return { kind: 'adu', transaction, unit: adu[6] ?? 0, pdu: adu.slice(HEADER_BYTES) }
}

function giveUp(out: (ModbusAdu | Discarded)[], refused: number[]): void {
  if (refused.length > 0) out.push(discard('noise', Uint8Array.from(refused.splice(0))))
}

/** A PDU of 1 to 253 bytes with its header. */
export function encodeAdu({ transaction, unit, pdu }: Omit<ModbusAdu, 'kind'>): Uint8Array {
  const length = pdu.length + 1
  return Uint8Array.of(transaction >> 8, transaction & 0xff, 0, 0, 0, length, unit, ...pdu)
}
