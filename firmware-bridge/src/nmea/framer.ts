/**
 * NMEA 0183 sentences.
 *
 *   $GPRMC,152505.00,A,5547.82113,N,02334.14130,E,0.253,,091209,,,A*7A CR LF
 *   ^ start                                                        ^ XOR of all between $ and *
 *
 * Real receivers glue sentences together and cut them off when their buffer runs over, so a `$`
 * always begins a new sentence and what was open before it is given up. A sentence without a
 * checksum is not believed. 82 characters are the standard's limit; some receivers exceed it.
 */
import { type Discarded, discard, type Framer } from '../frame.ts'

export type Sentence = { kind: 'sentence'; talker: string; type: string; fields: string[] }

export const MAX_SENTENCE_BYTES = 160

const DOLLAR = 0x24
const CR = 0x0d
const LF = 0x0a

export function nmeaFramer(): Framer<Sentence> {
  const buffer = new Uint8Array(MAX_SENTENCE_BYTES)
  let used = 0
  let skipping = false

  function take(byte: number): Sentence | Discarded | undefined {
    if (byte === DOLLAR) {
      const open = finish()
      buffer[used++] = byte
      return open
    }
    if (byte === CR || byte === LF) return finish()
    if (used === MAX_SENTENCE_BYTES) skipping = true
    else buffer[used++] = byte
    return undefined
  }

  function finish(): Sentence | Discarded | undefined {
    if (used === 0) return undefined
    const bytes = buffer.slice(0, used)
    const oversize = skipping
    used = 0
    skipping = false
    return oversize ? discard('oversize', bytes) : decodeSentence(bytes)
  }

  return {
    push: chunk => Array.from(chunk, take).filter(frame => frame !== undefined),
    flush() {
      if (used === 0) return []
      const left = discard('truncated', buffer.subarray(0, used))
      used = 0
      skipping = false
      return [left]
    },
    bufferedBytes: () => used,
  }
}

function decodeSentence(bytes: Uint8Array): Sentence | Discarded {
  if (bytes[0] !== DOLLAR) return discard('noise', bytes)
  const text = String.fromCharCode(...bytes)
  const match = /^\$([A-Z0-9]+),?(.*)\*([0-9A-Fa-f]{2})$/.exec(text)
  if (match === null) return discard(text.includes('*') ? 'malformed' : 'bad-check', bytes)
  const [, address = '', data = '', check = ''] = match
  if (checksum(bytes.subarray(1, -3)) !== Number.parseInt(check, 16)) {
    return discard('bad-check', bytes)
  }
  // Proprietary sentences ($P…) carry a maker's code where others carry talker and type.
  const talkerLength = address.startsWith('P') ? 1 : 2
  return {
    kind: 'sentence',
    talker: address.slice(0, talkerLength),
    type: address.slice(talkerLength),
    fields: data.split(','),
  }
}

function checksum(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0)
}

/** Bytes of a sentence, for simulators: `encodeSentence('GPRMC', ['', 'V', …])`. */
export function encodeSentence(address: string, fields: string[]): Uint8Array {
  const body = [address, ...fields].join(',')
  const check = checksum(new TextEncoder().encode(body)).toString(16).toUpperCase().padStart(2, '0')
  return new TextEncoder().encode(`$${body}*${check}\r\n`)
}
