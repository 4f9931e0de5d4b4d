/**
 * Text lines on a serial port: everything up to CR, LF or CRLF.
 *
 *   63 2c 31 0d 0a      c , 1 CR LF      one line, empty ones are skipped
 *
 * Bytes outside printable ASCII make the whole line `noise`: adapters that speak lines speak ASCII,
 * and a line with a damaged byte must not be half believed.
 */
import { type Discarded, discard, type Framer } from './frame.ts'

export type TextLine = { kind: 'line'; text: string }

const CR = 0x0d
const LF = 0x0a

/** `maxBytes`: longest line without its terminator; longer ones are dropped up to the next one. */
export function lineFramer(options: { maxBytes: number }): Framer<TextLine> {
  const buffer = new Uint8Array(options.maxBytes)
  let used = 0
  let skipping = false

  function take(byte: number): TextLine | Discarded | undefined {
    if (byte === CR || byte === LF) return endOfLine()
    if (skipping) return undefined
    if (used === options.maxBytes) {
      skipping = true
      return undefined
    }
    buffer[used++] = byte
    return undefined
  }

  function endOfLine(): TextLine | Discarded | undefined {
    if (used === 0) return undefined
    const bytes = buffer.slice(0, used)
    const oversize = skipping
    used = 0
    skipping = false
    if (oversize) return discard('oversize', bytes)
    if (!bytes.every(isPrintable)) return discard('noise', bytes)
    return { kind: 'line', text: String.fromCharCode(...bytes) }
  }

  return {
    push: chunk => Array.from(chunk, take).filter(frame => frame !== undefined),
    flush() {
      if (used === 0) return []
      const bytes = buffer.slice(0, used)
      const reason = skipping ? 'oversize' : 'truncated'
      used = 0
      skipping = false
      return [discard(reason, bytes)]
    },
    bufferedBytes: () => used,
  }
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f
}
