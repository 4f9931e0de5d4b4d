/**
 * A sale's journal proven to lie in the batch it was booked in, so that a bundle can carry and
 * check it: docs/wire/posting-batch.md.
 */

import { concat, utf8 } from '../bytes/bytes.ts'
import { sha256 } from '../crypto/crypto.ts'
import { decodeBatchHeader, decodeJournal, type Side } from '../ledger/posting-batch.ts'
import { leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/proof.ts'

export type PostedLeg = {
  account: string
  currency: string
  side: Side
  amountMinor: bigint
}
/** The fields of a journal that a verifier of a sale needs. */
export type PostedJournal = {
  /** The operator's organisation, whose book it is. */
  bookId: string
  businessId: string
  deviceId: string | null
  /** The sale's time as it was booked, Unix ms. */
  sourceAtMs: number
  agreementId: string | null
  agreementVersion: number | null
  legs: PostedLeg[]
}
export type PostingProof = {
  journal: Uint8Array
  journalProof: readonly Uint8Array[]
  batchHeader: Uint8Array
}
export type OpenedPosting = {
  journal: PostedJournal
  /** Leaf hash of the batch in the cloud's log. */
  leaf: Uint8Array
}

const LEAF_PREFIX = utf8('tillproof/posting-batch/v1\n')

/** @returns undefined unless the journal is well formed and lies in the batch of that header. */
export function openPosting(posting: PostingProof): OpenedPosting | undefined {
  const header = decodeBatchHeader(posting.batchHeader)
  const journal = decodeJournal(posting.journal)
  if (!header || !journal || journal.operatorId !== header.operatorId) return undefined
  const isBooked = verifyInclusion({
    leafHash: leafHash(posting.journal),
    index: Number(journal.seq - header.firstJournal),
    size: header.journals,
    proof: posting.journalProof,
    root: header.root,
  })
  // The legs of a sale are posted at once; pending and released ones are other business.
  const isPosted = journal.legs.every(({ phase }) => phase === 'posted')
  if (!isBooked || !isPosted) return undefined
  const { businessId, deviceId, sourceAtMs, agreement } = journal
  return {
    journal: {
      bookId: journal.operatorId,
      businessId,
      deviceId,
      sourceAtMs,
      agreementId: agreement?.id ?? null,
      agreementVersion: agreement?.version ?? null,
      legs: journal.legs.map(({ phase: _, ...leg }) => leg),
    },
    leaf: leafHash(concat(LEAF_PREFIX, sha256(posting.batchHeader))),
  }
}
