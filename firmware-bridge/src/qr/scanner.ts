/**
 * QR scanners on a serial line: what they read, and what they answer, in one stream.
 *
 *   54 50 56 31 2e … 0d 0a        a code: plain text and a tail of CR, LF or TAB,
 *   54 50 56 31 2e …   (silence)  or no tail at all and 50–100 ms of silence → flush()
 *   02 00 | type len data… | crc  GM6x: an answer to a configuration command, see gm6x.ts
 *   … 06 2e                       Honeywell: an answer to a menu command, see honeywell.ts
 *
 * Codes are UTF-8 text of at most 4 KB. Control characters inside mean line noise.
 */
import { type Discarded, discard, type Framer } from '../frame.ts'
import { decodeGm6xReply, gm6xReplyLength } from './gm6x.ts'
import { readMenuReply } from './honeywell.ts'

export type ScannerFrame =
  | { kind: 'code'; text: string }
  /** GM6x: type and data as told. */
  | { kind: 'reply'; type: number; data: Uint8Array }
  /** Honeywell: the command, and whether it was taken. */
  | { kind: 'menu-reply'; command: string; taken: boolean }

export type ScannerOptions = {
  /** Whose answers may lie between the codes. */
  family: 'gm6x' | 'honeywell' | 'plain'
  /** Text that the scanner is set to put around each code; a code without it is noise. */
  prefix?: string
  suffix?: string
}

export const MAX_CODE_BYTES = 4096
/** Silence that ends a code of a scanner without a tail, in milliseconds. */
export const SCANNER_SILENCE_MS = 80

const TAILS = [0x0d, 0x0a, 0x09]
const STX = 0x02

export function scannerFramer(options: ScannerOptions = { family: 'gm6x' }): Framer<ScannerFrame> {
  const buffer = new Uint8Array(MAX_CODE_BYTES)
  const answers = options.family === 'gm6x'
  let used = 0
  let skipping = false

  function take(byte: number): (ScannerFrame | Discarded)[] {
    if (answers && used > 0 && buffer[0] === STX) return takeReply(byte)
    // A code without a tail ends where an answer begins: no code has a byte like this.
    if (answers && byte === STX) return [...finish(), ...keep(byte)]
    return TAILS.includes(byte) ? finish() : keep(byte)
  }

  function keep(byte: number): ScannerFrame[] {
    if (used === MAX_CODE_BYTES) skipping = true
    else buffer[used++] = byte
    return []
  }

  function takeReply(byte: number): (ScannerFrame | Discarded)[] {
    // Not an answer after all: what came is noise, and this byte may begin something.
    if (used === 1 && byte !== 0) return [...giveUp('noise'), ...take(byte)]
    buffer[used++] = byte
    if (used < gm6xReplyLength(buffer.subarray(0, used))) return []
    const frame = buffer.slice(0, used)
    used = 0
    return [decodeGm6xReply(frame)]
  }

  function finish(): (ScannerFrame | Discarded)[] {
    if (used === 0) return []
    if (skipping) return giveUp('oversize')
    const bytes = buffer.slice(0, used)
    used = 0
    return [decodeCode(options, bytes)]
  }

  function giveUp(reason: Discarded['reason']): Discarded[] {
    const left = discard(reason, buffer.subarray(0, used))
    used = 0
    skipping = false
    return [left]
  }

  return {
    push: chunk => Array.from(chunk, take).flat(),
    flush: () => (answers && used > 0 && buffer[0] === STX ? giveUp('truncated') : finish()),
    bufferedBytes: () => used,
  }
}

function decodeCode(options: ScannerOptions, bytes: Uint8Array): ScannerFrame | Discarded {
  const reply = options.family === 'honeywell' ? readMenuReply(bytes) : undefined
  if (reply !== undefined) return reply
  const text = readText(bytes)
  const { prefix = '', suffix = '' } = options
  if (!text?.startsWith(prefix) || !text.endsWith(suffix)) return discard('noise', bytes)
  if (text.length <= prefix.length + suffix.length) return discard('noise', bytes)
  return { kind: 'code', text: text.slice(prefix.length, text.length - suffix.length) }
}

function readText(bytes: Uint8Array): string | undefined {
  if (bytes.some(byte => byte < 0x20 || byte === 0x7f)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
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
