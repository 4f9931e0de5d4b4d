/**
 * QR scanners on a serial line (GM6x family, Honeywell and alike).
 *
 *   54 50 56 31 2e … 0d 0a        a code: plain text and a tail of CR, LF or TAB,
 *   54 50 56 31 2e …   (silence)  or no tail at all and 50–100 ms of silence → flush()
 *   02 00 | type len data… | crc  an answer to a configuration command, in the same stream:
 *                                 CRC-16/XMODEM, big-endian, over type..data
 *
 * Codes are UTF-8 text of at most 4 KB. Control characters inside mean line noise.
 */
import { crc16Xmodem } from '../crc.ts'
import { type Discarded, discard, type Framer } from '../frame.ts'

export type ScannerFrame =
  | { kind: 'code'; text: string }
  | { kind: 'reply'; type: number; data: Uint8Array }

export const MAX_CODE_BYTES = 4096
/** Silence that ends a code of a scanner without a tail, in milliseconds. */
export const SCANNER_SILENCE_MS = 80

const TAILS = [0x0d, 0x0a, 0x09]

export function scannerFramer(): Framer<ScannerFrame> {
  const buffer = new Uint8Array(MAX_CODE_BYTES)
  let used = 0
  let skipping = false

  function take(byte: number): ScannerFrame | Discarded | undefined {
    if (isReply(buffer, used)) return takeReply(byte)
    if (TAILS.includes(byte)) return finish()
    if (used === MAX_CODE_BYTES) skipping = true
    else buffer[used++] = byte
    return undefined
  }

  function takeReply(byte: number): ScannerFrame | Discarded | undefined {
    buffer[used++] = byte
    if (used < 4 || used < 6 + (buffer[3] ?? 0)) return undefined
    const frame = buffer.slice(0, used)
    used = 0
    return decodeReply(frame)
  }

  function finish(): ScannerFrame | Discarded | undefined {
    if (used === 0) return undefined
    const bytes = buffer.slice(0, used)
    const oversize = skipping
    used = 0
    skipping = false
    return oversize ? discard('oversize', bytes) : decodeCode(bytes)
  }

  return {
    push: chunk => Array.from(chunk, take).filter(frame => frame !== undefined),
    flush() {
      if (isReply(buffer, used)) {
        const left = discard('truncated', buffer.subarray(0, used))
        used = 0
        return [left]
      }
      const frame = finish()
      return frame === undefined ? [] : [frame]
    },
    bufferedBytes: () => used,
  }
}

function isReply(buffer: Uint8Array, used: number): boolean {
  return used >= 2 && buffer[0] === 0x02 && buffer[1] === 0x00
}

function decodeReply(frame: Uint8Array): ScannerFrame | Discarded {
  const body = frame.subarray(2, -2)
  const check = ((frame.at(-2) ?? 0) << 8) | (frame.at(-1) ?? 0)
  if (crc16Xmodem(body) !== check) return discard('bad-check', frame)
  return { kind: 'reply', type: body[0] ?? 0, data: body.slice(2) }
}

function decodeCode(bytes: Uint8Array): ScannerFrame | Discarded {
  if (bytes.some(byte => byte < 0x20 || byte === 0x7f)) return discard('noise', bytes)
  try {
    return { kind: 'code', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return discard('noise', bytes)
  }
}

export type SeenCode = { text: string; atMs: number } | null

/**
 * Scanners in continuous mode repeat a code for as long as it is held before them. A repetition is
 * the same text within `windowMs` of its last sighting; each sighting prolongs the window.
 */
export function noteCode(
  seen: SeenCode,
  text: string,
  nowMs: number,
  windowMs: number,
): { repeated: boolean; seen: SeenCode } {
  const repeated = seen !== null && seen.text === text && nowMs - seen.atMs <= windowMs
  return { repeated, seen: { text, atMs: nowMs } }
}
