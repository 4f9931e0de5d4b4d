/**
 * The rule of a book's batches, held against one after another: each continues the one before, is
 * the one that the log committed to, and holds the journals that its header was made over. Pure.
 */
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import {
  type BatchHeader,
  decodeBatchHeader,
  decodeJournal,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import type { Finding, FindingKind } from './finding.ts'

/** Up to where a book was followed: its last batch, and the number of its next journal. */
export type KnownBook = { seq: bigint; nextJournal: bigint; hash: Uint8Array }
export const EMPTY_BOOK: KnownBook = { seq: 0n, nextJournal: 1n, hash: new Uint8Array(32) }
/** Base64, as the cloud's API serves it. */
export type ShownBatch = { header: string; journals: readonly string[] }
/** `waits`: not in the log yet, and not for long. */
export type JudgedBatch =
  | { findings: Finding[]; book: KnownBook }
  | { findings: Finding[]; book?: never }
  | 'waits'

/** A batch is logged with the transaction that books it; longer than this no leaf waits. */
const LOGGED_WITHIN_MS = 600_000

export type BatchRules = {
  operatorId: string
  known: KnownBook
  /** Index of the `posting-batch` leaf with this body, if the followed log has it. */
  leafOf(hash: Uint8Array): number | undefined
  /** Whether the log has a later batch of the book: it takes them in their order. */
  isLaterLogged: boolean
  nowMs: number
}

/** The batch's hash as the log has it. @param header in base64 */
export function hashOf(header: string): Uint8Array {
  return sha256(fromBase64(header) ?? new Uint8Array())
}

export function judgeBatch(rules: BatchRules, shown: ShownBatch): JudgedBatch {
  const header = decodeBatchHeader(fromBase64(shown.header) ?? new Uint8Array())
  const place = { ...rules, shown, seq: rules.known.seq + 1n }
  if (header === undefined) return { findings: [found('altered-batch', place, 'is no batch')] }
  const hash = hashOf(shown.header)
  const leafIndex = rules.leafOf(hash) ?? null
  const breaks = chainBreaks(rules, header)
  const at = { ...place, leafIndex }
  if (leafIndex === null && breaks.length === 0) return unlogged(at, header)
  const findings = breaks.map(detail => found('broken-chain', at, detail))
  if (!holds(header, shown)) {
    findings.push(found('altered-batch', at, 'does not hold the journals it was made over'))
  }
  // Only what is logged and further on is followed, so that no cloud keeps a monitor busy for ever.
  if (leafIndex === null || header.seq <= rules.known.seq) return { findings }
  const nextJournal = header.firstJournal + BigInt(header.journals)
  return { findings, book: { seq: header.seq, nextJournal, hash } }
}

/** A log that stands still for want of witnesses owes the batch, and has not changed it. */
function unlogged(place: Place, { bookedAtMs }: BatchHeader): JudgedBatch {
  if (place.isLaterLogged) {
    return { findings: [found('altered-batch', place, 'is not in the log, a later one is')] }
  }
  const isRecent = Math.abs(bookedAtMs - place.nowMs) < LOGGED_WITHIN_MS
  return isRecent ? 'waits' : { findings: [found('unlogged-batch', place, 'is not in the log')] }
}

function chainBreaks({ operatorId, known }: BatchRules, header: BatchHeader): string[] {
  const { seq, previous, firstJournal } = header
  return [
    ...(header.operatorId === operatorId ? [] : [`is of the book ${header.operatorId}`]),
    ...(seq === known.seq + 1n ? [] : [`has number ${seq}`]),
    ...(equal(previous, known.hash) ? [] : ['does not name the batch before']),
    ...(firstJournal === known.nextJournal
      ? []
      : [`begins at journal ${firstJournal}, not ${known.nextJournal}`]),
  ]
}

function holds(header: BatchHeader, { journals }: ShownBatch): boolean {
  const bytes = journals.map(each => fromBase64(each) ?? new Uint8Array())
  const isOwn = bytes.every((each, i) => {
    const journal = decodeJournal(each)
    const isNext = journal?.seq === header.firstJournal + BigInt(i)
    return isNext && journal.operatorId === header.operatorId
  })
  const root = rootOf(appendLeaves(emptyPeaks, bytes.map(leafHash)))
  return isOwn && bytes.length === header.journals && equal(root, header.root)
}

type Place = BatchRules & { shown: ShownBatch; seq: bigint; leafIndex?: number | null }

function found(kind: FindingKind, place: Place, detail: string): Finding {
  const { operatorId, seq, shown, known, leafIndex = null } = place
  const origin = `book ${operatorId}, batch ${seq}`
  const proof = {
    header: shown.header,
    journals: shown.journals,
    hashBefore: toHex(known.hash),
  }
  return { kind, origin, leafIndex, detail: `the batch ${detail}`, proof }
}

/** The last batch that was followed, as it is shown now. */
export function judgeLast(
  { operatorId, known }: Pick<BatchRules, 'operatorId' | 'known'>,
  shown: ShownBatch,
): Finding[] {
  if (equal(hashOf(shown.header), known.hash)) return []
  const detail = 'the batch is another than before'
  const proof = { header: shown.header, hash: toHex(known.hash) }
  const origin = `book ${operatorId}, batch ${known.seq}`
  return [{ kind: 'altered-batch', origin, leafIndex: null, detail, proof }]
}
