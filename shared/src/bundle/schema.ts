/**
 * What a proof bundle is made of, field by field; docs/wire/bundle.md says what each means.
 * Bytes are canonical base64. Unknown fields are refused: nothing in a bundle goes unread.
 */
import { z } from 'zod'
import { agreementTerms } from '../agreement/terms.ts'
import { fromBase64 } from '../bytes/base64.ts'
import { isErasedHash, SALT_BYTES } from '../event/commitment.ts'
import { HASH_BYTES } from '../merkle/hash.ts'

export const MAX_BUNDLE_EVENTS = 10_000
/** A path in a tree of at most 2^53 leaves, and some. */
const MAX_PROOF = 64
/** Far more subtrees than lie between the events that a bundle can hold side by side. */
const MAX_REST = 65_536
/** Nodes on the way through a trie whose keys have 64 nibbles, and the length of one in base64. */
const MAX_TRIE_NODES = 64
const MAX_TRIE_NODE_LENGTH = 2048
/** With the seals of a hundred validators a header takes a sixth of it. */
const MAX_HEADER_LENGTH = 65_536

const base64 = z.string().transform((text, context) => {
  const bytes = fromBase64(text)
  if (!bytes) context.addIssue({ code: 'custom', message: 'is not canonical base64' })
  return bytes ?? new Uint8Array()
})
const base64Of = (length: number) => z.string().max(length).pipe(base64)
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

/** One event of a device's log: a leaf under `deviceHeads[head]`. */
export const bundleEvent = z.strictObject({
  head: count,
  index: count,
  open: part,
  /** null says that the event never had a sealed part. */
  sealed: sealedPart,
})

/** The head's origin in a map of newest heads, and that map in the cloud's log. */
export const bundleNewest = z.strictObject({
  /** The body of the `heads-map` leaf, and where that leaf is. */
  map: base64,
  leafIndex: count,
  proof,
  /** Which head the map says is the newest: its leaf, and the place of its entry in the map. */
  head: z.strictObject({ leafIndex: count, leafHash: hash }),
  at: count,
  path: proof,
})

/** A device's signed head, what lies under it, and its place in the cloud's log. */
export const bundleDeviceHead = z.strictObject({
  note,
  /** Event 0, which names the device's key. */
  genesis: z.strictObject({ open: shown, sealed: sealedPart }),
  /** The largest subtrees without an event of this bundle, from left to right: merkle/subset.ts. */
  rest: z.array(hash).max(MAX_REST),
  leafIndex: count,
  proof,
  newest: bundleNewest.nullable(),
})

/** The cloud log's checkpoint; `signers` explains every signature line, trusted or not. */
export const bundleCheckpoint = z.strictObject({
  note,
  signers: z.array(z.string().max(512)).min(1).max(64),
})

const word = z.string().regex(/^0x[0-9a-f]{64}$/)
const trieNodes = z.array(base64Of(MAX_TRIE_NODE_LENGTH)).max(MAX_TRIE_NODES)

/** What a contract holds, proven under the state root of a block. */
export const bundleAnchorState = z.strictObject({
  blockHash: word,
  header: base64Of(MAX_HEADER_LENGTH),
  account: trieNodes,
  storage: trieNodes,
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
  transaction: word,
  state: bundleAnchorState.nullable(),
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

/** Everything but the events. */
export const bundleFrame = z.strictObject({
  v: z.literal(2),
  deviceHeads: z.array(bundleDeviceHead).min(1).max(16),
  checkpoint: bundleCheckpoint,
  anchor: bundleAnchor.nullable(),
  sale: bundleSale.nullable(),
})

/** The events are read one by one: there are up to 10,000 of them. */
export const bundleText = bundleFrame.extend({
  events: z.array(z.unknown()).min(1).max(MAX_BUNDLE_EVENTS),
})
