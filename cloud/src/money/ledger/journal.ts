/**
 * Journals, their specified bytes, and the hash that chains a book's batches:
 * docs/wire/posting-batch.md. A journal is one balanced group of legs, made from one business fact.
 */

import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { type CborValue, encodeCbor } from '@tillproof/shared/bytes/cbor.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'

export type Side = 'debit' | 'credit'
/** `released` takes back what was `pending`. */
export type Phase = 'posted' | 'pending' | 'released'

export type JournalLeg = {
  account: string
  currency: string
  side: Side
  phase: Phase
  amountMinor: bigint
}
export type Journal = {
  operatorId: string
  /** Position in the book, from 1. */
  seq: bigint
  businessId: string
  /** SHA-256 of the facts the journal was made from. */
  payloadHash: Uint8Array
  kind: string
  deviceId: string | null
  sourceAtMs: number
  bookedAtMs: number
  agreement: { id: string; version: number } | null
  /** 16 random bytes, so that nobody can guess a journal from its hash. */
  salt: Uint8Array
  legs: JournalLeg[]
}
export type BatchHeader = {
  operatorId: string
  seq: bigint
  firstJournal: bigint
  journals: number
  /** RFC 6962 root over the journals' bytes. */
  root: Uint8Array
  /** Hash of the batch before; 32 zero bytes for the first. */
  previous: Uint8Array
  bookedAtMs: number
}

const SIDE_CODES: Record<Side, number> = { debit: 0, credit: 1 }
const PHASE_CODES: Record<Phase, number> = { posted: 0, pending: 1, released: 2 }
const BATCH_DOMAIN = utf8('tillproof/posting-batch-header/v1\n')

/** The bytes of a journal that the batch's root is taken over. */
export function journalBytes(journal: Journal): Uint8Array {
  return encodeCbor([
    1,
    journal.operatorId,
    journal.seq,
    journal.businessId,
    journal.payloadHash,
    journal.kind,
    journal.deviceId,
    journal.sourceAtMs,
    journal.bookedAtMs,
    journal.agreement?.id ?? null,
    journal.agreement?.version ?? null,
    journal.salt,
    journal.legs.map(legValue),
  ])
}

/** Root over the journals of one batch, in the order of the book. */
export const journalsRoot = (journals: readonly Journal[]): Uint8Array =>
  rootOf(appendLeaves(emptyPeaks, journals.map(journalHash)))

/** Leaf of a journal in its batch's tree. */
export const journalHash = (journal: Journal): Uint8Array => leafHash(journalBytes(journal))

/** The bytes of a batch's header, whose hash is the chain's next link. */
export function batchHeaderBytes(header: BatchHeader): Uint8Array {
  const fields = encodeCbor([
    1,
    header.operatorId,
    header.seq,
    header.firstJournal,
    header.journals,
    header.root,
    header.previous,
    header.bookedAtMs,
  ])
  return concat(BATCH_DOMAIN, fields)
}

/** 32 bytes: link of the chain, and the whole body of the batch's leaf in the cloud log. */
export const batchHash = (header: BatchHeader): Uint8Array => sha256(batchHeaderBytes(header))

const legValue = (leg: JournalLeg): CborValue => [
  leg.account,
  leg.currency,
  SIDE_CODES[leg.side],
  PHASE_CODES[leg.phase],
  leg.amountMinor,
]
