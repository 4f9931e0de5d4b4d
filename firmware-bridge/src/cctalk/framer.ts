/**
 * Bytes of a ccTalk wire → messages (see frame.ts for the picture).
 *
 * There is no start byte, and a sum of eight bits agrees with one piece of noise in 256. What helps
 * is that everybody's address is known: a message must go from one known address to another. Where
 * anything fails, one byte is given up and the search goes on.
 */
import { type Discarded, discard, type Framer } from '../frame.ts'
import {
  type CctalkFrame,
  COIN_ACCEPTOR_ADDRESS,
  HOST_ADDRESS,
  MAX_DATA_BYTES,
  OVERHEAD_BYTES,
  sumOf,
} from './frame.ts'

/** Longest silence inside a message, in milliseconds. */
export const CCTALK_SILENCE_MS = 50
const MAX_FRAME_BYTES = OVERHEAD_BYTES + MAX_DATA_BYTES
const BROADCAST = 0

/** `addresses`: everybody on the bus, the host included. */
export function cctalkFramer(
  addresses: readonly number[] = [HOST_ADDRESS, COIN_ACCEPTOR_ADDRESS],
): Framer<CctalkFrame> {
  const known = new Set(addresses)
  let buffer: Uint8Array = new Uint8Array(0)

  function drain(isOver: boolean): (CctalkFrame | Discarded)[] {
    const out: (CctalkFrame | Discarded)[] = []
    const refused: number[] = []
    let at = 0
    while (at < buffer.length) {
      const found = findMessage(buffer.subarray(at), known)
      if (found === 'unfinished' && !isOver) break
      if (typeof found === 'string') refused.push(buffer[at++] ?? 0)
      else {
        giveUp(out, refused)
        out.push(found)
        at += OVERHEAD_BYTES + found.data.length
      }
    }
    giveUp(out, refused)
    buffer = buffer.slice(at)
    return out
  }

  return {
    push(chunk) {
      const out: (CctalkFrame | Discarded)[] = []
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + MAX_FRAME_BYTES - buffer.length)
        buffer = Uint8Array.from([...buffer, ...piece])
        at += piece.length
        out.push(...drain(false))
      }
      return out
    },
    /** A false beginning that waits for bytes which never come hides the messages behind it. */
    flush: () => drain(true),
    bufferedBytes: () => buffer.length,
  }
}

function findMessage(
  bytes: Uint8Array,
  known: ReadonlySet<number>,
): CctalkFrame | 'unfinished' | 'never' {
  const [destination = 0, length, source] = bytes
  if (destination !== BROADCAST && !known.has(destination)) return 'never'
  if (length === undefined || source === undefined) return 'unfinished'
  if (!known.has(source) || source === destination) return 'never'
  const end = OVERHEAD_BYTES + length
  if (bytes.length < end) return 'unfinished'
  if (sumOf(bytes.subarray(0, end)) !== 0) return 'never'
  const header = bytes[3] ?? 0
  return { kind: 'message', destination, source, header, data: bytes.slice(4, end - 1) }
}

function giveUp(out: (CctalkFrame | Discarded)[], refused: number[]): void {
  if (refused.length > 0) out.push(discard('bad-check', Uint8Array.from(refused.splice(0))))
}
