/**
 * Configuration of the GM6x scanners (GM60, GM65, GM66, GM67, GM812), in the stream of the codes:
 *
 *   7E 00 | 07 01 | 00 2A | 02       | D8 0F     read 2 bytes of zone 002A
 *   7E 00 | 08 02 | 00 2A | 39 01    | A7 EA     write 2 bytes from zone 002A on
 *   7E 00 | 09 01 | 00 00 | 00       | DE C8     keep all zones over a power cut
 *   7E 00 | 08 01 | 00 02 | 01       | AB CD     trigger; AB CD: unchecked
 *   02 00 | 00 len  data…            | crc       the answer, type 00: done
 *
 * CRC-16/XMODEM, high byte first, over all from the type on. Source: the makers' user manuals.
 */
import { crc16Xmodem } from '../crc.ts'
import { type Discarded, discard, type Framer } from '../frame.ts'

export type Gm6xCommand =
  | { kind: 'read'; zone: number; count: number }
  | { kind: 'write'; zone: number; data: Uint8Array }
  | { kind: 'save' }

const [READ, WRITE, SAVE] = [0x07, 0x08, 0x09]
const UNCHECKED = [0xab, 0xcd]
/** Head, type, length, zone, CRC. */
const COMMAND_OVERHEAD = 8
const REPLY_OVERHEAD = 6
export const MAX_COMMAND_BYTES = COMMAND_OVERHEAD + 255

/** Begins and ends a single scan in command mode; unchecked, as the manuals print it. */
export const GM6X_TRIGGER = Uint8Array.of(0x7e, 0, WRITE, 1, 0, 0x02, 1, ...UNCHECKED)
export const GM6X_UNTRIGGER = Uint8Array.of(0x7e, 0, WRITE, 1, 0, 0x02, 0, ...UNCHECKED)

/** `count` 1–255 of a read, at most 255 bytes of a write. */
export function encodeGm6x(command: Gm6xCommand): Uint8Array {
  const body = bodyOf(command)
  const crc = crc16Xmodem(body)
  return Uint8Array.of(0x7e, 0, ...body, crc >> 8, crc & 0xff)
}

function bodyOf(command: Gm6xCommand): Uint8Array {
  switch (command.kind) {
    case 'read':
      return Uint8Array.of(READ, 1, command.zone >> 8, command.zone & 0xff, command.count)
    case 'write': {
      const { zone, data } = command
      return Uint8Array.of(WRITE, data.length, zone >> 8, zone & 0xff, ...data)
    }
    case 'save':
      return Uint8Array.of(SAVE, 1, 0, 0, 0)
  }
}

/** Bytes of a whole answer that begins with `bytes`; more than there are while unknown. */
export function gm6xReplyLength(bytes: Uint8Array): number {
  return bytes.length < 4 ? bytes.length + 1 : REPLY_OVERHEAD + (bytes[3] ?? 0)
}

/** A whole answer, head included. */
export function decodeGm6xReply(
  frame: Uint8Array,
): { kind: 'reply'; type: number; data: Uint8Array } | Discarded {
  const body = frame.subarray(2, -2)
  if (crc16Xmodem(body) !== trailerOf(frame)) return discard('bad-check', frame)
  return { kind: 'reply', type: body[0] ?? 0, data: body.slice(2) }
}

/** What a scanner says when a command is done. */
export function encodeGm6xReply(data: Uint8Array): Uint8Array {
  const body = Uint8Array.of(0, data.length, ...data)
  const crc = crc16Xmodem(body)
  return Uint8Array.of(0x02, 0, ...body, crc >> 8, crc & 0xff)
}

/** The scanner's side: commands out of what the host sends. */
export function gm6xCommandFramer(): Framer<{ kind: 'command'; command: Gm6xCommand }> {
  let buffer: Uint8Array = new Uint8Array(0)

  function take(byte: number): ({ kind: 'command'; command: Gm6xCommand } | Discarded)[] {
    buffer = Uint8Array.from([...buffer, byte])
    if (buffer[0] !== 0x7e || (buffer.length > 1 && buffer[1] !== 0)) return giveUp('noise')
    if (buffer.length < 4 || buffer.length < COMMAND_OVERHEAD + (buffer[3] ?? 0)) return []
    const frame = buffer
    buffer = new Uint8Array(0)
    return [decodeCommand(frame)]
  }

  function giveUp(reason: Discarded['reason']): Discarded[] {
    const left = buffer
    buffer = new Uint8Array(0)
    return [discard(reason, left)]
  }

  return {
    push: chunk => Array.from(chunk, take).flat(),
    flush: () => (buffer.length === 0 ? [] : giveUp('truncated')),
    bufferedBytes: () => buffer.length,
  }
}

function decodeCommand(frame: Uint8Array): { kind: 'command'; command: Gm6xCommand } | Discarded {
  const body = frame.subarray(2, -2)
  const isUnchecked = UNCHECKED.every((byte, i) => frame.at(i - 2) === byte)
  if (!isUnchecked && crc16Xmodem(body) !== trailerOf(frame)) return discard('bad-check', frame)
  const [type, length = 0, high = 0, low = 0, ...data] = body
  const zone = high * 256 + low
  const [count = 0] = data
  if (type === READ && length === 1)
    return { kind: 'command', command: { kind: 'read', zone, count } }
  if (type === SAVE) return { kind: 'command', command: { kind: 'save' } }
  if (type !== WRITE) return discard('malformed', frame)
  return { kind: 'command', command: { kind: 'write', zone, data: Uint8Array.from(data) } }
}

function trailerOf(frame: Uint8Array): number {
  return ((frame.at(-2) ?? 0) << 8) | (frame.at(-1) ?? 0)
}
