/**
 * Puts a sale's proof bundle together: the sale's events under the machine's head, that head in the
 * log, the split's batch in the log, the log's checkpoint with its cosignatures, and the anchor.
 * Sealed parts stay sealed: a bundle travels further than personal data may.
 */
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import type { Bundle, BundleFrame, ReadEvent } from '@tillproof/shared/bundle/bundle.ts'
import { bundleOf } from '@tillproof/shared/bundle/write.ts'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { sealedHashOf } from '@tillproof/shared/event/commitment.ts'
import type { EventParts } from '@tillproof/shared/event/event.ts'
import { parseNote } from '@tillproof/shared/note/note.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import type { Tx } from '../../platform/db/db.ts'
import { indexOfLeaf } from '../log/store.ts'
import { logInclusionProof } from '../log/tiles.ts'
import type { BundleSources, DeviceEvidence, SaleClearing } from './bundle.ts'
import { type CoveringCheckpoint, checkpointCovering } from './covering.ts'
import { type HeadsMaps, newestOf } from './newest.ts'

export type Assembled = { bundle: Bundle } | { refused: 'unknown-sale' | 'not-logged' }
/** To be written in the form that was asked for. */
export type AssembledRange = { frame: BundleFrame; events: ReadEvent[] } | { refused: 'not-logged' }

type Parts = { evidence: DeviceEvidence; clearing: LoggedClearing | null; headIndex: number }
type LoggedClearing = SaleClearing & { batchIndex: number; agreementIndex: number | undefined }

/** The policy whose log and witnesses sign, and the maps of newest heads read so far. */
export type AssemblyDeps = { policy: Policy; maps: HeadsMaps }

/** @param tx the asking tenant's transaction */
export async function assembleBundle(
  tx: Tx,
  deps: AssemblyDeps & { sources: BundleSources },
  saleId: string,
): Promise<Assembled> {
  const evidence = await deps.sources.deviceEvidence(tx, saleId)
  if (evidence === undefined) return { refused: 'unknown-sale' }
  const head = { type: 'device-head', body: utf8(evidence.head) } as const
  const headIndex = await indexOfLeaf(tx, head)
  if (headIndex === undefined) return { refused: 'not-logged' }
  const clearing = await loggedClearing(tx, await deps.sources.clearing(tx, saleId))
  const whole = await cover(tx, { evidence, clearing, headIndex })
  if (whole === undefined) return { refused: 'not-logged' }
  return { bundle: bundleOf(await write(tx, saleId, deps, whole), shownEvents(evidence)) }
}

/** Events as the machine recorded them, whatever they are about: no split, no story to hold. */
export async function assembleRange(
  tx: Tx,
  deps: AssemblyDeps,
  evidence: DeviceEvidence,
): Promise<AssembledRange> {
  const head = { type: 'device-head', body: utf8(evidence.head) } as const
  const headIndex = await indexOfLeaf(tx, head)
  if (headIndex === undefined) return { refused: 'not-logged' }
  const whole = await cover(tx, { evidence, clearing: null, headIndex })
  if (whole === undefined) return { refused: 'not-logged' }
  return { frame: await write(tx, null, deps, whole), events: shownEvents(evidence) }
}

/** A split whose batch is not numbered yet counts as not cleared yet. */
async function loggedClearing(
  tx: Tx,
  clearing: SaleClearing | null,
): Promise<LoggedClearing | null> {
  if (clearing === null) return null
  const body = sha256(clearing.batchHeader)
  const batchIndex = await indexOfLeaf(tx, { type: 'posting-batch', body })
  if (batchIndex === undefined) return null
  const terms = { type: 'agreement', body: agreementHash(clearing.terms) } as const
  return { ...clearing, batchIndex, agreementIndex: await indexOfLeaf(tx, terms) }
}

type Whole = Parts & { covering: CoveringCheckpoint }

/** Covers everything if a checkpoint does, else at least the machine's side. */
async function cover(tx: Tx, parts: Parts): Promise<Whole | undefined> {
  const { headIndex, clearing } = parts
  const all = clearing === null ? [] : [clearing.batchIndex, clearing.agreementIndex ?? 0]
  const covering = await checkpointCovering(tx, Math.max(headIndex, ...all))
  if (covering !== undefined) return { ...parts, covering }
  const machineOnly = await checkpointCovering(tx, headIndex)
  return machineOnly && { ...parts, clearing: null, covering: machineOnly }
}

async function write(
  tx: Tx,
  saleId: string | null,
  deps: AssemblyDeps,
  whole: Whole,
): Promise<BundleFrame> {
  const { evidence, clearing, headIndex, covering } = whole
  const { size } = covering
  return {
    v: 2,
    deviceHeads: [
      {
        note: evidence.head,
        genesis: disclosed(evidence.genesis),
        rest: evidence.rest.map(toBase64),
        leafIndex: headIndex,
        proof: (await logInclusionProof(tx, headIndex, size)).map(toBase64),
        newest: await newestOf(tx, deps.maps, evidence.origin, size),
      },
    ],
    checkpoint: { note: covering.note, signers: signersOf(deps.policy, covering) },
    anchor: covering.anchor,
    sale:
      saleId !== null && hasSucceeded(evidence)
        ? { id: saleId, clearing: clearing && (await writeClearing(tx, clearing, size)) }
        : null,
  }
}

function shownEvents({ events }: DeviceEvidence): ReadEvent[] {
  return events.map(({ index, parts }) => {
    const open = { bytes: parts.open, salt: parts.openSalt }
    const hash = hashOfSealed(parts)
    return { head: 0, index, open, sealed: hash && { hash } }
  })
}

function disclosed(parts: EventParts) {
  const open = { bytes: toBase64(parts.open), salt: toBase64(parts.openSalt) }
  const hash = hashOfSealed(parts)
  return { open, sealed: hash && { hash: toBase64(hash) } }
}

function hashOfSealed(parts: EventParts): Uint8Array | null {
  return parts.sealed !== null || parts.sealedHash !== undefined ? sealedHashOf(parts) : null
}

async function writeClearing(tx: Tx, clearing: LoggedClearing, size: number) {
  const { terms, journal, journalProof, batchHeader, batchIndex, agreementIndex } = clearing
  const proofOf = async (index: number) => (await logInclusionProof(tx, index, size)).map(toBase64)
  return {
    terms,
    agreementLeaf:
      agreementIndex === undefined
        ? null
        : { leafIndex: agreementIndex, proof: await proofOf(agreementIndex) },
    journal: toBase64(journal),
    journalProof: journalProof.map(toBase64),
    batchHeader: toBase64(batchHeader),
    leafIndex: batchIndex,
    proof: await proofOf(batchIndex),
  }
}

/** Explains each signature line of the note: the log's own first, then the witnesses'. */
function signersOf(policy: Policy, { note, cosigners }: CoveringCheckpoint): string[] {
  const parsed = parseNote(note)
  const lines = parsed.ok ? parsed.signatures : []
  const own = [...policy.logs, ...policy.also].filter(({ verifier: { name, keyId } }) =>
    lines.some(line => line.name === name && line.keyId === keyId),
  )
  return [...own.map(({ vkey }) => vkey), ...cosigners]
}

/** Only a sale that came to a good end has a story that a verifier can hold a split against. */
function hasSucceeded({ events }: DeviceEvidence): boolean {
  return events.some(({ parts }) => {
    const { kind, result } = decodeOpen(parts.open)
    return kind === 'sale.result' && result !== undefined && result !== 'failed'
  })
}
