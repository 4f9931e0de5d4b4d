/**
 * Bytes of a DDCMP line → messages (see frame.ts for the picture).
 *
 * A header proves itself by its own checksum, so the length in it can be trusted; where it fails,
 * one byte is given up and the search goes on. A payload that fails gives up its header only: when
 * a message was torn, the next one begins inside the bytes that were announced.
 */
import { type Discarded, discard, type Framer } from '../frame.ts'
import {
  CONTROL,
  DATA,
  type DdcmpFrame,
  decodeControl,
  HEADER_BYTES,
  isChecked,
  LAST_FLAG,
  payloadLength,
} from './frame.ts'

/** Machines send up to 255 bytes; the field would allow 16 KB. */
export const MAX_PAYLOAD_BYTES = 2048
const MAX_FRAME_BYTES = HEADER_BYTES + MAX_PAYLOAD_BYTES + 2
/** Longest silence inside a message, in milliseconds. */
export const DDCMP_SILENCE_MS = 200

type Found = { used: number; frame: DdcmpFrame | Discarded } | 'noise' | 'unfinished'

export function ddcmpFramer(): Framer<DdcmpFrame> {
  let buffer: Uint8Array = new Uint8Array(0)

  function drain(isOver: boolean): (DdcmpFrame | Discarded)[] {
    const out: (DdcmpFrame | Discarded)[] = []
    const noise: number[] = []
    let at = 0
    while (at < buffer.length) {
      const found = findFrame(buffer.subarray(at), isOver)
      if (found === 'unfinished') break
      if (found === 'noise') noise.push(buffer[at++] ?? 0)
      else {
        settle(out, noise)
        out.push(found.frame)
        at += found.used
      }
    }
    settle(out, noise)
    buffer = buffer.slice(at)
    return out
  }

  return {
    /** Takes long chunks piecewise: what is kept never exceeds one message. */
    push(chunk) {
      const out: (DdcmpFrame | Discarded)[] = []
      for (let at = 0; at < chunk.length; ) {
        const room = MAX_FRAME_BYTES - buffer.length
        const piece = chunk.subarray(at, at + room)
        buffer = Uint8Array.from([...buffer, ...piece])
        at += piece.length
        out.push(...drain(false))
      }
      return out
    },
    flush: () => drain(true),
    bufferedBytes: () => buffer.length,
  }
}

/** `isOver`: the line fell silent, nothing more will complete what has begun. */
function findFrame(bytes: Uint8Array, isOver: boolean): Found {
  const start = bytes[0]
  if (start !== CONTROL && start !== DATA) return 'noise'
  if (bytes.length < HEADER_BYTES) return isOver ? 'noise' : 'unfinished'
  const header = bytes.subarray(0, HEADER_BYTES)
  if (!isChecked(header)) return 'noise'
  if (start === CONTROL) {
    const frame = decodeControl(header) ?? discard('malformed', header)
    return { used: HEADER_BYTES, frame }
  }
  return findData(bytes, header, isOver)
}

function findData(bytes: Uint8Array, header: Uint8Array, isOver: boolean): Found {
  const length = payloadLength(header)
  const end = HEADER_BYTES + length + 2
  const given = (reason: Discarded['reason']): Found => ({
    used: HEADER_BYTES,
    frame: discard(reason, header),
  })
  if (length > MAX_PAYLOAD_BYTES) return given('oversize')
  if (bytes.length < end) return isOver ? given('truncated') : 'unfinished'
  if (!isChecked(bytes.subarray(HEADER_BYTES, end))) return given('bad-check')
  const [, , flags = 0, rr = 0, num = 0] = header
  const payload = bytes.slice(HEADER_BYTES, end - 2)
  const last = (flags & LAST_FLAG) !== 0
  return { used: end, frame: { kind: 'data', rr, num, last, payload } }
}

function settle(out: (DdcmpFrame | Discarded)[], noise: number[]): void {
  if (noise.length > 0) out.push(discard('noise', Uint8Array.from(noise.splice(0))))
}
