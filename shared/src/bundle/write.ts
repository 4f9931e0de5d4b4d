/** Bundles as they are written, from events whose bytes are bytes: in JSON or packed. */
import { toBase64 } from '../bytes/base64.ts'
import { concat } from '../bytes/bytes.ts'
import { type CborValue, encodeCbor } from '../bytes/cbor.ts'
import type { Bundle, BundleEvent, BundleFrame, BundlePart, ReadEvent } from './bundle.ts'
import { PACKED_BUNDLE } from './packed.ts'

/** @param events ascending by head, then by index, none twice; at most 10,000 */
export function bundleOf({ v, ...frame }: BundleFrame, events: readonly ReadEvent[]): Bundle {
  return { v, events: events.map(writeEvent), ...frame }
}

function writeEvent({ head, index, open, sealed }: ReadEvent): BundleEvent {
  return { head, index, open: writePart(open), sealed: sealed && writePart(sealed) }
}

function writePart(part: BundlePart): BundleEvent['open'] {
  if ('hash' in part) return { hash: toBase64(part.hash) }
  return { bytes: toBase64(part.bytes), salt: toBase64(part.salt) }
}

/** The packed form; `events` as above, but at most 100,000. */
export function packBundle(frame: BundleFrame, events: readonly ReadEvent[]): Uint8Array {
  return encodeCbor([PACKED_BUNDLE, JSON.stringify(frame), events.map(packEvent)])
}

function packEvent({ head, index, open, sealed }: ReadEvent): CborValue {
  return [head, index, packPart(open), sealed && packPart(sealed)]
}

function packPart(part: BundlePart): CborValue {
  return 'hash' in part ? [part.hash] : concat(part.salt, part.bytes)
}
