/**
 * The proof bundle: one JSON file that proves events of a machine offline. What each field means,
 * what checks it and what an attacker could do with it: docs/wire/bundle.md.
 * Bytes are canonical base64. Unknown fields are refused: nothing in a bundle goes unread.
 */
import { z } from 'zod'
import { agreementTerms } from '../agreement/terms.ts'
import { fromBase64 } from '../bytes/base64.ts'
import { fromUtf8 } from '../bytes/bytes.ts'
import { isErasedHash, SALT_BYTES } from '../event/commitment.ts'
import { HASH_BYTES } from '../merkle/hash.ts'

export const MAX_BUNDLE_LENGTH = 8 * 1024 * 1024
/** A path in a tree of at most 2^53 leaves, and some. */
const MAX_PROOF = 64

/**
 * Fields that no signature or hash covers, as JSON pointers: hints to find the anchor again, and
 * terms without a leaf in the log. Flipping a byte elsewhere ends in `invalid` or `contradicted`.
 */
export function unauthenticatedFields(bundle: Pick<Bundle, 'sale'>): string[] {
  const isTermsProven = (bundle.sale?.clearing?.agreementLeaf ?? null) !== null
  return [
    '/anchor/block',
    '/anchor/transaction',
    ...(isTermsProven ? [] : ['/sale/clearing/terms']),
  ]
}

const base64 = z.string().transform((text, context) => {
  const bytes = fromBase64(text)
  if (!bytes) context.addIssue({ code: 'custom', message: 'is not canonical base64' })
  return bytes ?? new Uint8Array()
})
const bytesOf = (length: number) =>
  base64.refine(bytes => bytes.length === length, `has to be ${length} bytes`)
const hash = bytesOf(HASH_BYTES)
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const proof = z.array(hash).max(MAX_PROOF)
const note = z.string().max(65_536)

const shown = z.strictObject({ bytes: base64, salt: bytesOf(SALT_BYTES) })
const hidden = z.strictObject({ hash })
/** A part is shown with its salt, or only its half of the entry is given. */
const part = z.union([shown, hidden])
/** Zeros stand in an entry for no sealed part: that has one spelling here, null. */
const erased = z.strictObject({ hash: hash.refine(isErasedHash, 'is no hash of a sealed part') })
const sealedPart = z.union([shown, erased]).nullable()

/** One event of a device's log, proven in `deviceHeads[head]`. */
export const bundleEvent = z.strictObject({
  head: count,
  index: count,
  open: part,
  /** null says that the event never had a sealed part. */
  sealed: sealedPart,
  proof,
})

/** A device's signed head, the genesis event under it, and its place in the cloud's log. */
export const bundleDeviceHead = z.strictObject({
  note,
  genesis: z.strictObject({ open: shown, sealed: sealedPart, proof }),
  leafIndex: count,
  proof,
})

/** The cloud log's checkpoint; `signers` explains every signature line, trusted or not. */
export const bundleCheckpoint = z.strictObject({
  note,
  signers: z.array(z.string().max(512)).min(1).max(64),
})

/** Where a checkpoint of `size` and `root` that extends ours is anchored. */
export const bundleAnchor = z.strictObject({
  chainId: count,
  contract: z.string().regex(/^0x[0-9a-f]{40}$/),
  size: count,
  root: hash,
  /** Consistency from our checkpoint to the anchored one; empty when they are the same. */
  proof,
  block: count,
  transaction: z.string().regex(/^0x[0-9a-f]{64}$/),
})

/** How the sale was split: the journal as it was booked, and the terms that explain it. */
export const bundleClearing = z.strictObject({
  terms: agreementTerms,
  /** Where the agreement's hash is in the cloud's log; null leaves the terms the cloud's word. */
  agreementLeaf: z.strictObject({ leafIndex: count, proof }).nullable(),
  /** The journal's specified bytes and its path in the batch's own tree. */
  journal: base64,
  journalProof: proof,
  /** The specified bytes of the batch's header; their hash is a leaf of the cloud's log. */
  batchHeader: base64,
  leafIndex: count,
  proof,
})

export const bundleSale = z.strictObject({
  id: z.string().max(64),
  /** null while the sale is not cleared, or its batch not yet under the checkpoint. */
  clearing: bundleClearing.nullable(),
})

export const bundle = z.strictObject({
  v: z.literal(1),
  events: z.array(bundleEvent).min(1).max(1000),
  deviceHeads: z.array(bundleDeviceHead).min(1).max(16),
  checkpoint: bundleCheckpoint,
  anchor: bundleAnchor.nullable(),
  sale: bundleSale.nullable(),
})

/** As written in JSON, bytes as base64. */
export type Bundle = z.input<typeof bundle>
/** As read, bytes as bytes. */
export type ReadBundle = z.output<typeof bundle>
export type BundlePart = z.output<typeof part>
export type ParsedBundle = { ok: true; bundle: ReadBundle } | { ok: false; reason: string }

/** Reads a bundle from its text, its bytes, or a value that JSON.parse gave. Proves nothing. */
export function parseBundle(input: unknown): ParsedBundle {
  const text = input instanceof Uint8Array ? (fromUtf8(input) ?? '') : input
  const value = typeof text === 'string' ? parseOnce(text) : text
  if (value === undefined) {
    return {
      ok: false,
      reason: 'it is not JSON, or says something twice or in an unusual spelling',
    }
  }
  const parsed = bundle.safeParse(value)
  return parsed.success
    ? { ok: true, bundle: parsed.data }
    : { ok: false, reason: firstIssue(parsed.error) }
}

/**
 * JSON.parse keeps the last of two equal keys where others keep the first, so that one file could
 * show two things to two readers. Apart from white space a bundle has one spelling.
 */
function parseOnce(text: string): unknown {
  if (text.length > MAX_BUNDLE_LENGTH) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === withoutSpace(text) ? value : undefined
  } catch {
    return undefined
  }
}

function withoutSpace(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, quoted?: string) => quoted ?? '')
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0]
  return `${issue?.path.join('.') || 'the bundle'}: ${issue?.message ?? 'is not valid'}`
}
