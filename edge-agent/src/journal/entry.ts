/**
 * From a draft to what is stored: the event gets its index and salts, is encoded once, and those
 * very bytes are committed to. Nothing is ever encoded again to be hashed.
 */
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { encodeOpen, encodeSealed } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import type { CommittedEvent, EventDraft } from './event-store.ts'

/** When and in which boot the caller stated the fact. */
export type Stamp = { atMs: number; monotonicMs: number; bootId: Uint8Array }

export type Entry = {
  index: number
  parts: EventParts
  entry: Uint8Array
  committed: CommittedEvent
}

/**
 * Gives the drafts of one request the indexes from `firstIndex` on.
 * Throws TillproofError when a draft cannot be encoded; nothing is stored then.
 */
export function makeEntries(drafts: EventDraft[], firstIndex: number, stamp: Stamp): Entry[] {
  let opened: number | undefined
  return drafts.map((draft, position) => {
    const index = firstIndex + position
    if (draft.sale === 'opens') opened = index
    const sale = typeof draft.sale === 'number' ? draft.sale : draft.sale && opened
    return makeEntry(draft, { ...stamp, index, ...(sale === undefined ? {} : { sale }) })
  })
}

function makeEntry(draft: EventDraft, set: Stamp & { index: number; sale?: number }): Entry {
  const open: OpenEvent = { ...draft.fields, kind: draft.kind, ...set }
  const sealed = draft.sealed ?? null
  const parts: EventParts = {
    open: encodeOpen(open),
    openSalt: randomBytes(16),
    sealed: sealed && encodeSealed(sealed),
    sealedSalt: sealed && randomBytes(16),
  }
  return {
    index: set.index,
    parts,
    entry: commit(parts),
    committed: { index: set.index, open, sealed },
  }
}
