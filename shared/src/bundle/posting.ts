/**
 * A sale's journal and the header of the batch it was booked in, as docs/wire/posting-batch.md lays
 * them out: read back from their specified bytes so that a bundle can carry and check them.
 */

import { concat, equal, utf8 } from '../bytes/bytes.ts'
import type { CborValue } from '../bytes/cbor.ts'
import { decodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'
import { HASH_BYTES, leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/proof.ts'

export type PostedLeg = {
  account: string
  currency: string
  side: 'debit' | 'credit'
  amountMinor: bigint
}
/** The fields of a journal that a verifier of a sale needs. */
export type PostedJournal = {
  businessId: string
  deviceId: string | null
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

const HEADER_DOMAIN = utf8('tillproof/posting-batch-header/v1\n')
const LEAF_PREFIX = utf8('tillproof/posting-batch/v1\n')
const VERSION = 1
const SIDES = ['debit', 'credit'] as const
/** The legs of a sale are posted at once; pending and released ones are other business. */
const POSTED = 0

type Header = { operatorId: CborValue; firstJournal: number; journals: number; root: Uint8Array }

/** @returns undefined unless the journal is well formed and lies in the batch of that header. */
export function openPosting(posting: PostingProof): OpenedPosting | undefined {
  const header = readHeader(posting.batchHeader)
  const fields = readArray(posting.journal, 13)
  if (!header || !fields || fields[1] !== header.operatorId) return undefined
  const journal = readJournal(fields)
  const isBooked = verifyInclusion({
    leafHash: leafHash(posting.journal),
    index: Number(fields[2]) - header.firstJournal,
    size: header.journals,
    proof: posting.journalProof,
    root: header.root,
  })
  if (!journal || !isBooked) return undefined
  return { journal, leaf: leafHash(concat(LEAF_PREFIX, sha256(posting.batchHeader))) }
}

/** [1, operator, seq, first journal, journals, root, previous, booked at] after the domain. */
function readHeader(bytes: Uint8Array): Header | undefined {
  const fields = equal(bytes.subarray(0, HEADER_DOMAIN.length), HEADER_DOMAIN)
    ? readArray(bytes.subarray(HEADER_DOMAIN.length), 8)
    : undefined
  const [, operatorId = null, , firstJournal, journals, root] = fields ?? []
  if (typeof firstJournal !== 'number' || typeof journals !== 'number') return undefined
  if (!(root instanceof Uint8Array) || root.length !== HASH_BYTES) return undefined
  return { operatorId, firstJournal, journals, root }
}

function readJournal(fields: readonly CborValue[]): PostedJournal | undefined {
  const [, , , businessId, , , deviceId, , , agreementId, agreementVersion, , legValues] = fields
  const legs = Array.isArray(legValues) ? legValues.map(readLeg) : []
  if (typeof businessId !== 'string' || !legs.every(leg => leg !== undefined)) return undefined
  return {
    businessId,
    deviceId: typeof deviceId === 'string' ? deviceId : null,
    agreementId: typeof agreementId === 'string' ? agreementId : null,
    agreementVersion: typeof agreementVersion === 'number' ? agreementVersion : null,
    legs,
  }
}

/** [account, currency, side, phase, amount] */
function readLeg(value: CborValue): PostedLeg | undefined {
  if (!Array.isArray(value) || value.length !== 5) return undefined
  const [account, currency, sideCode, phase, amount] = value
  const side = SIDES[sideCode]
  const isAmount = typeof amount === 'bigint' || Number.isSafeInteger(amount)
  if (typeof account !== 'string' || typeof currency !== 'string') return undefined
  if (!side || phase !== POSTED || !isAmount) return undefined
  return { account, currency, side, amountMinor: BigInt(amount) }
}

function readArray(bytes: Uint8Array, length: number): readonly CborValue[] | undefined {
  try {
    const value = decodeCbor(bytes)
    const fits = Array.isArray(value) && value.length === length && value[0] === VERSION
    return fits ? value : undefined
  } catch {
    return undefined
  }
}
