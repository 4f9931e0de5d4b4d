/**
 * The daily map of every device log's newest head, docs/wire/log.md: a tree over one entry an
 * origin, ascending by origin, and the body of the leaf that promises its root. An origin has one
 * place in it, so an entry with its path shows which head was the newest, and two neighbours show
 * that an origin has none.
 */
import { compare, concat, fromUtf8, utf8 } from '../bytes/bytes.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { HASH_BYTES, leafHash } from '../merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '../merkle/peaks.ts'
import { parseCheckpoint } from '../note/checkpoint.ts'
import { parseNote } from '../note/note.ts'

/** Where an origin's newest head stands in the cloud's log; `leafHash` is 32 bytes. */
export type NewestHead = { origin: string; leafIndex: number; leafHash: Uint8Array }
/** `size`: leaves of the cloud's log that the map covers, from the first one on. */
export type HeadsMap = { size: number; origins: number; root: Uint8Array }

/** How far behind its own place in the log a map may stay, in leaves. */
export const HEADS_MAP_LAG = 65_536

const ENTRY_DOMAIN = utf8('tillproof/heads-map-entry/v1\n')
const COUNT_BYTES = 8
const BODY_BYTES = 2 * COUNT_BYTES + HASH_BYTES

/** @param heads one for each origin, in any order @param size leaves of the log they are out of */
export function headsMapOf(heads: readonly NewestHead[], size: number): HeadsMap {
  const leaves = sortedHeads(heads).map(head => leafHash(headsMapEntry(head)))
  return { size, origins: heads.length, root: rootOf(appendLeaves(emptyPeaks, leaves)) }
}

/** In the order of the map: ascending by the bytes of the origin. */
export function sortedHeads(heads: readonly NewestHead[]): NewestHead[] {
  const keyed = heads.map(head => ({ head, key: utf8(head.origin) }))
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ head }) => head)
}

/** The bytes that a place of the map's tree is hashed from. */
export function headsMapEntry(head: NewestHead): Uint8Array {
  return concat(ENTRY_DOMAIN, encodeCbor([1, head.origin, head.leafIndex, head.leafHash]))
}

/** The body of a `heads-map` leaf. */
export function encodeHeadsMap({ size, origins, root }: HeadsMap): Uint8Array {
  const counts = new Uint8Array(2 * COUNT_BYTES)
  const view = new DataView(counts.buffer)
  view.setBigUint64(0, BigInt(size))
  view.setBigUint64(COUNT_BYTES, BigInt(origins))
  return concat(counts, root)
}

/** @returns undefined unless the bytes are two safe counts and a root. */
export function decodeHeadsMap(body: Uint8Array): HeadsMap | undefined {
  if (body.length !== BODY_BYTES) return undefined
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const size = Number(view.getBigUint64(0))
  const origins = Number(view.getBigUint64(COUNT_BYTES))
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(origins)) return undefined
  return { size, origins, root: body.slice(2 * COUNT_BYTES) }
}

/** The origin that a `device-head` leaf's body names; says nothing about its signature. */
export function originOfHead(body: Uint8Array): string | undefined {
  const note = parseNote(fromUtf8(body) ?? '')
  return note.ok ? parseCheckpoint(note.text)?.origin : undefined
}
