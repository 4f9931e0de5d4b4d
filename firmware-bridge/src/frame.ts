/**
 * What every framer of this package speaks.
 *
 * A framer eats bytes as the line delivers them and gives back whole frames. Bytes that make no
 * frame are data too: they come back as `discarded` with the reason, never as an exception, because
 * a noisy line is a normal line. No framer keeps more than its stated cap.
 *
 * Vocabulary: chunk = bytes as read · frame = one message of a protocol · discarded = bytes given
 * up · flush = the line fell silent, decide about what is left.
 */

export type DiscardReason =
  /** Longer than the protocol allows; `bytes` holds the beginning only. */
  | 'oversize'
  /** Checksum absent or wrong. */
  | 'bad-check'
  /** Bytes that can never begin or belong to a frame. */
  | 'noise'
  /** Framed well, but says nothing the protocol knows. */
  | 'malformed'
  /** The frame ended, or fell silent, before it was whole. */
  | 'truncated'

export type Discarded = { kind: 'discarded'; reason: DiscardReason; bytes: Uint8Array }

export type Framer<Frame> = {
  /** Takes a chunk of any length, returns what it completed, in order. */
  push(chunk: Uint8Array): (Frame | Discarded)[]
  /** To be called when the line has been silent for the protocol's time. */
  flush(): (Frame | Discarded)[]
  /** Bytes kept back at the moment; never above the framer's cap. */
  bufferedBytes(): number
}

/** Names bytes that are given up. The copy keeps callers from holding a whole read buffer. */
export function discard(reason: DiscardReason, bytes: Uint8Array): Discarded {
  return { kind: 'discarded', reason, bytes: bytes.slice() }
}
