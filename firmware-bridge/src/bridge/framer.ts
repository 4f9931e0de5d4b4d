/**
 * Bytes of a bridge's line → messages (see frame.ts for the picture). A zero ends whatever there
 * was, so one damaged frame never takes the next one with it.
 */
import { type Discarded, discard, type Framer } from '../frame.ts'
import { MAX_STUFFED_BYTES, openFrame } from './frame.ts'
import { type BridgeMessage, decodeMessage } from './message.ts'

export type BridgeFrame =
  | { kind: 'message'; message: BridgeMessage }
  /** Whole, but of a type that came after us: to be counted and passed over. */
  | { kind: 'unknown'; type: number }

/** Longest silence inside a frame, in milliseconds. */
export const BRIDGE_SILENCE_MS = 200

export function bridgeFramer(): Framer<BridgeFrame> {
  const buffer = new Uint8Array(MAX_STUFFED_BYTES)
  let used = 0
  let skipping = false

  function take(byte: number): BridgeFrame | Discarded | undefined {
    if (byte === 0) return finish(readStuffed)
    if (used === MAX_STUFFED_BYTES) skipping = true
    else buffer[used++] = byte
    return undefined
  }

  function finish(
    read: (bytes: Uint8Array) => BridgeFrame | Discarded,
  ): BridgeFrame | Discarded | undefined {
    if (used === 0) return undefined
    const bytes = buffer.slice(0, used)
    const isOversize = skipping
    used = 0
    skipping = false
    return isOversize ? discard('oversize', bytes) : read(bytes)
  }

  return {
    push: chunk => Array.from(chunk, take).filter(frame => frame !== undefined),
    flush() {
      const left = finish(bytes => discard('truncated', bytes))
      return left === undefined ? [] : [left]
    },
    bufferedBytes: () => used,
  }
}

function readStuffed(bytes: Uint8Array): BridgeFrame | Discarded {
  const body = openFrame(bytes)
  if (body === undefined) return discard('bad-check', bytes)
  const message = decodeMessage(body)
  if (message === 'unknown') return { kind: 'unknown', type: body[0] ?? 0 }
  return message === 'short' ? discard('malformed', bytes) : { kind: 'message', message }
}
