/**
 * A small world that proves itself: a machine's log, a cloud's log, a witness, and bundles over
 * them, with every key in the test's hands, so that tests can also forge.
 */
import type { Bundle, BundleEvent } from '../bundle/bundle.ts'
import { toBase64 } from '../bytes/base64.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import { ed25519 } from '../crypto/crypto.ts'
import { encodeOpen } from '../event/codec.ts'
import { commit } from '../event/commitment.ts'
import type { EventParts, OpenEvent } from '../event/event.ts'
import { cloudLogOrigin, deviceOrigin } from '../ids.ts'
import { leafHash } from '../merkle/hash.ts'
import { leafReader } from '../merkle/leaves.ts'
import { inclusionProof, rootOfRange } from '../merkle/proof.ts'
import { subsetProof } from '../merkle/subset.ts'
import { formatCheckpoint } from '../note/checkpoint.ts'
import { cosigner, ed25519Signer, vkey } from '../note/key.ts'
import { addSignature, signatureLine, signNote } from '../note/note.ts'

export const CLOUD = 'demo.tillproof.local'
export const DEVICE = 'd0123456789ab'
export const ORIGIN = deviceOrigin(CLOUD, DEVICE, 1)
export const LOG = cloudLogOrigin(CLOUD)
export const WITNESS = 'witness.lender.demo'
export const SALE_AT_MS = 1_750_000_000_000

/** Ed25519 seeds; `mallory` belongs to nobody whom a policy trusts. */
export const seeds = {
  device: new Uint8Array(32).fill(1),
  cloud: new Uint8Array(32).fill(2),
  witness: new Uint8Array(32).fill(5),
  mallory: new Uint8Array(32).fill(66),
}
export type Seed = Uint8Array

export const policyText = [
  `log ${logVkey(seeds.cloud)}`,
  `witness lender ${witnessVkey(seeds.witness)}`,
  'group lenders any lender',
  'quorum lenders',
].join('\n')

export function logVkey(seed: Seed): string {
  return vkey(LOG, 'ed25519', ed25519.publicKeyOf(seed))
}

export function witnessVkey(seed: Seed): string {
  return vkey(WITNESS, 'cosignature', ed25519.publicKeyOf(seed))
}

/** An event with the fields that every event has filled in, as parts with a salt of its index. */
export function partsOf(event: Pick<OpenEvent, 'kind' | 'index'> & Partial<OpenEvent>): EventParts {
  const always = { atMs: SALE_AT_MS, monotonicMs: event.index, bootId: new Uint8Array(8) }
  const open = encodeOpen({ ...always, ...event })
  return { open, openSalt: new Uint8Array(16).fill(event.index), sealed: null, sealedSalt: null }
}

export function genesisParts(evidenceSeed: Seed, model = 'Vendo 500'): EventParts {
  const evidenceKey = ed25519.publicKeyOf(evidenceSeed)
  const tlsFingerprint = new Uint8Array(32).fill(0xaa)
  const facts = {
    model,
    controllerSerial: 'SN-0001',
    tlsFingerprint,
    evidenceKey,
    agentVersion: '0.1.0',
  }
  return partsOf({ kind: 'genesis', index: 0, genesis: facts })
}

/** Genesis and one sale of CNY 3.50 from request to result. */
export function saleLog(evidenceSeed: Seed = seeds.device): EventParts[] {
  const money = { amountMinor: 350n, currency: 'CNY' }
  return [
    genesisParts(evidenceSeed),
    partsOf({ kind: 'sale.requested', index: 1, sale: 1, item: 'A1', ...money }),
    partsOf({ kind: 'sale.approved', index: 2, sale: 1, ...money }),
    partsOf({ kind: 'sale.result', index: 3, sale: 1, result: 'success' }),
  ]
}

export function signHead(
  log: readonly EventParts[],
  size: number,
  seed: Seed = seeds.device,
  origin = ORIGIN,
): string {
  return signNote(headText(origin, log.map(commit), size), [ed25519Signer(origin, seed)])
}

export const deviceHeadEntry = (note: string): Uint8Array =>
  concat(utf8('tillproof/device-head/v1\n'), utf8(note))

/** @param disclosed indexes of the events that the bundle shows under this head; all of them */
export function bundleHead(
  log: readonly EventParts[],
  size: number,
  note: string,
  leafIndex: number,
  disclosed: readonly number[] = [...Array(size).keys()].slice(1),
) {
  const [genesis] = log
  const read = leafReader(log.map(parts => leafHash(commit(parts))))
  return (entries: readonly Uint8Array[]): Bundle['deviceHeads'][number] => ({
    note,
    genesis: { open: shown(genesis), sealed: null },
    rest: subsetProof(read, [0, ...disclosed], size).map(toBase64),
    leafIndex,
    proof: proofOf(entries, leafIndex, entries.length),
    newest: null,
  })
}

export function bundleEvent(log: readonly EventParts[], index: number, head = 0): BundleEvent {
  return { head, index, open: shown(log[index]), sealed: null }
}

export function cosignedCheckpoint(
  entries: readonly Uint8Array[],
  seed: Seed = seeds.cloud,
): string {
  const text = headText(LOG, entries, entries.length)
  const witness = cosigner(WITNESS, seeds.witness).at(SALE_AT_MS / 1000)
  return addSignature(signNote(text, [ed25519Signer(LOG, seed)]), signatureLine(witness, text))
}

/** A bundle of the whole log under one head that is leaf 1 of a cloud log of three. */
export function saleBundle(log = saleLog(), note = signHead(log, log.length)): Bundle {
  const entries = [
    utf8('tillproof/pledge/v1\nx'),
    deviceHeadEntry(note),
    utf8('tillproof/pledge/v1\ny'),
  ]
  return {
    v: 2,
    events: log.slice(1).map((_, i) => bundleEvent(log, i + 1)),
    deviceHeads: [bundleHead(log, log.length, note, 1)(entries)],
    checkpoint: {
      note: cosignedCheckpoint(entries),
      signers: [logVkey(seeds.cloud), witnessVkey(seeds.witness)],
    },
    anchor: null,
    sale: { id: `${DEVICE}.1.1`, clearing: null },
  }
}

function headText(origin: string, entries: readonly Uint8Array[], size: number): string {
  const root = rootOfRange(leafReader(entries.map(leafHash)), 0, size)
  return formatCheckpoint({ origin, size, root })
}

function proofOf(entries: readonly Uint8Array[], index: number, size: number): string[] {
  return inclusionProof(leafReader(entries.map(leafHash)), index, size).map(toBase64)
}

function shown(parts: EventParts | undefined) {
  const none = new Uint8Array()
  return { bytes: toBase64(parts?.open ?? none), salt: toBase64(parts?.openSalt ?? none) }
}
