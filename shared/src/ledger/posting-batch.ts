/**
 * Journals and the headers of the batches they are booked in, both ways between values and their
 * specified bytes: docs/wire/posting-batch.md. A journal is one balanced group of legs, made from
 * one business fact; the header's hash chains a book's batches.
 */

import { concat, equal, utf8 } from '../bytes/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'
import { HASH_BYTES, leafHash } from '../merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '../merkle/peaks.ts'

const SIDES = ['debit', 'credit'] as const
/** `released` takes back what was `pending`. */
const PHASES = ['posted', 'pending', 'released'] as const
export type Side = (typeof SIDES)[number]
export type Phase = (typeof PHASES)[number]

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

const VERSION = 1
const HEADER_DOMAIN = utf8('tillproof/posting-batch-header/v1\n')

/** The bytes of a journal that the batch's root is taken over. */
export function journalBytes(journal: Journal): Uint8Array {
  return encodeCbor([
    VERSION,
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

const legValue = (leg: JournalLeg): CborValue => [
  leg.account,
  leg.currency,
  SIDES.indexOf(leg.side),
  PHASES.indexOf(leg.phase),
  leg.amountMinor,
]

/** @returns undefined unless the bytes are a journal's, in their one spelling. */
export function decodeJournal(bytes: Uint8Array): Journal | undefined {
  const fields = readArray(bytes, 13)
  if (fields === undefined) return undefined
  const [, operatorId, seq, businessId, payloadHash, kind, deviceId] = fields
  const [sourceAtMs, bookedAtMs, agreementId, version, salt, legValues] = fields.slice(7)
  const isNamed = isText(operatorId) && isText(businessId) && isText(kind)
  const isTimed = isCount(sourceAtMs) && isCount(bookedAtMs)
  if (!isNamed || !isTimed || !isCount(seq)) return undefined
  if (!isBytes(payloadHash) || !isBytes(salt)) return undefined
  if (deviceId !== null && !isText(deviceId)) return undefined
  const agreement = readAgreement(agreementId, version)
  const legs = Array.isArray(legValues) ? legValues.map(readLeg) : []
  if (agreement === undefined || !legs.every(leg => leg !== undefined)) return undefined
  return {
    operatorId,
    seq: BigInt(seq),
    businessId,
    payloadHash,
    kind,
    deviceId,
    sourceAtMs,
    bookedAtMs,
    agreement,
    salt,
    legs,
  }
}

function readAgreement(id: CborValue = null, version: CborValue = null) {
  if (id === null && version === null) return null
  return isText(id) && isCount(version) ? { id, version } : undefined
}

/** [account, currency, side, phase, amount] */
function readLeg(value: CborValue): JournalLeg | undefined {
  if (!Array.isArray(value) || value.length !== 5) return undefined
  const [account, currency, sideCode, phaseCode, amount] = value
  const [side, phase] = [SIDES[sideCode], PHASES[phaseCode]]
  const isAmount = typeof amount === 'bigint' || Number.isSafeInteger(amount)
  if (!isText(account) || !isText(currency) || !side || !phase || !isAmount) return undefined
  return { account, currency, side, phase, amountMinor: BigInt(amount) }
}

/** Leaf of a journal in its batch's tree. */
export const journalHash = (journal: Journal): Uint8Array => leafHash(journalBytes(journal))

/** Root over the journals of one batch, in the order of the book. */
export const journalsRoot = (journals: readonly Journal[]): Uint8Array =>
  rootOf(appendLeaves(emptyPeaks, journals.map(journalHash)))

/** The bytes of a batch's header, whose hash is the chain's next link. */
export function batchHeaderBytes(header: BatchHeader): Uint8Array {
  const fields = encodeCbor([
    VERSION,
    header.operatorId,
    header.seq,
    header.firstJournal,
    header.journals,
    header.root,
    header.previous,
    header.bookedAtMs,
  ])
  return concat(HEADER_DOMAIN, fields)
}

/** @returns undefined unless the bytes are a header's, in their one spelling. */
export function decodeBatchHeader(bytes: Uint8Array): BatchHeader | undefined {
  const isHeader = equal(bytes.subarray(0, HEADER_DOMAIN.length), HEADER_DOMAIN)
  const fields = isHeader ? readArray(bytes.subarray(HEADER_DOMAIN.length), 8) : undefined
  if (fields === undefined) return undefined
  const [, operatorId, seq, firstJournal, journals, root, previous, bookedAtMs] = fields
  if (!isText(operatorId) || !isCount(seq) || !isCount(firstJournal)) return undefined
  if (!isCount(journals) || !isCount(bookedAtMs)) return undefined
  if (!isHash(root) || !isHash(previous)) return undefined
  return {
    operatorId,
    seq: BigInt(seq),
    firstJournal: BigInt(firstJournal),
    journals,
    root,
    previous,
    bookedAtMs,
  }
}

/** 32 bytes: link of the chain, and the whole body of the batch's leaf in the cloud log. */
export const batchHash = (header: BatchHeader): Uint8Array => sha256(batchHeaderBytes(header))

function readArray(bytes: Uint8Array, length: number): readonly CborValue[] | undefined {
  try {
    const value = decodeCbor(bytes)
    const fits = Array.isArray(value) && value.length === length && value[0] === VERSION
    return fits ? value : undefined
  } catch {
    return undefined
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
const isHash = (value: unknown): value is Uint8Array =>
  isBytes(value) && value.length === HASH_BYTES
const isCount = (value: unknown): value is number => Number.isSafeInteger(value)
