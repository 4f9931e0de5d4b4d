/**
 * The events of a bundle, held against what they say: read once to see that they can be, hashed to
 * the leaves that their heads have to cover, and not kept. A bundle may have 100,000 of them, and
 * decoded they take twenty times the memory of their bytes.
 */
import { decodeOpen, decodeSealed } from '../event/codec.ts'
import { commitOpenInto, commitSealedInto, ENTRY_BYTES } from '../event/commitment.ts'
import type { OpenEvent } from '../event/event.ts'
import { HASH_BYTES, leafHash, leafHashInto } from '../merkle/hash.ts'
import type { BundlePart, ReadBundle, ReadEvent } from './bundle.ts'
import type { ReportedEvent } from './report.ts'
import { type Steps, stepEvery } from './steps.ts'

/** What stands under one head. */
export type Under = {
  /** Ascending. */
  indexes: number[]
  /** Of those events, 32 bytes each, side by side. */
  leafHashes: Uint8Array
  /** The first that cannot be read, and why. */
  odd: Odd | undefined
}
type Odd = { index: number; why: string }
type Said = Pick<ReportedEvent, 'open' | 'sealed'>

/** For each head in turn, and last for heads that the bundle does not have. */
export function* readUnderHeads({ events, deviceHeads }: ReadBundle): Steps<Under[]> {
  const hashes = new Uint8Array(HASH_BYTES * events.length)
  const under = Array.from({ length: deviceHeads.length + 1 }, (): Under => {
    return { indexes: [], leafHashes: new Uint8Array(), odd: undefined }
  })
  const entry = new Uint8Array(ENTRY_BYTES)
  let at = 0
  for (const event of events) {
    const head = under[Math.min(event.head, deviceHeads.length)]
    const said = saidBy(event)
    if (head && typeof said === 'string') head.odd ??= { index: event.index, why: said }
    head?.indexes.push(event.index)
    writeEntry(entry, event.open, event.sealed)
    leafHashInto(hashes, HASH_BYTES * at, entry)
    if (stepEvery(at)) yield { done: events.length + at, of: 2 * events.length }
    at += 1
  }
  return withHashes(under, hashes)
}

/** Events stand in the order of their heads. */
function withHashes(under: readonly Under[], hashes: Uint8Array): Under[] {
  let end = 0
  return under.map(each => {
    const start = end
    end += HASH_BYTES * each.indexes.length
    return { ...each, leafHashes: hashes.subarray(start, end) }
  })
}

/** What an event says; where it cannot be read, what is wrong with it. */
export function saidBy({ index, open, sealed }: ReadEvent): Said | string {
  const opened = 'hash' in open ? null : readOpen(open)
  const unsealed = sealed && 'bytes' in sealed ? readSealed(sealed.bytes) : null
  if (opened === undefined || unsealed === undefined) return 'cannot be read'
  if (opened !== null && opened.index !== index) return 'states another index'
  return { open: opened, sealed: unsealed }
}

/** The leaf of an event in its machine's log. */
export function leafOfParts(open: BundlePart, sealed: BundlePart | null): Uint8Array {
  const entry = new Uint8Array(ENTRY_BYTES)
  writeEntry(entry, open, sealed)
  return leafHash(entry)
}

function writeEntry(entry: Uint8Array, open: BundlePart, sealed: BundlePart | null): void {
  if ('hash' in open) entry.set(open.hash)
  else commitOpenInto(entry, open.bytes, open.salt)
  if (sealed === null) entry.fill(0, HASH_BYTES)
  else if ('hash' in sealed) entry.set(sealed.hash, HASH_BYTES)
  else commitSealedInto(entry, sealed.bytes, sealed.salt)
}

export function readOpen(open: BundlePart): OpenEvent | undefined {
  try {
    return 'bytes' in open ? decodeOpen(open.bytes) : undefined
  } catch {
    return undefined
  }
}

function readSealed(bytes: Uint8Array) {
  try {
    return decodeSealed(bytes)
  } catch {
    return undefined
  }
}
