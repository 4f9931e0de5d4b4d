/**
 * A proof bundle over a proof set, as a lender gets it: a run of events under the machine's head,
 * the head's place in a cloud log, a cosigned checkpoint, and the policy that it verifies under.
 */
import type { BundleFrame, ReadEvent } from '@tillproof/shared/bundle/bundle.ts'
import { bundleOf } from '@tillproof/shared/bundle/write.ts'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import type { EventParts } from '@tillproof/shared/event/event.ts'
import { cloudLogOrigin } from '@tillproof/shared/ids.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { inclusionProof, rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { subsetProof } from '@tillproof/shared/merkle/subset.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { cosigner, ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { addSignature, signatureLine, signNote } from '@tillproof/shared/note/note.ts'
import { DEVICE_HEAD_PREFIX } from '@tillproof/shared/wire/device-head.ts'
import { CLOUD, leafOf, type ProofSet } from './proof-set.ts'

export const LOG = cloudLogOrigin(CLOUD)
export const LOG_SEED = new Uint8Array(32).fill(8)
const WITNESS = 'witness.bench'
const WITNESS_SEED = new Uint8Array(32).fill(9)
const WITNESSED_AT_S = 1_750_100_000
const none = new Uint8Array()
/** Leaves of the cloud's log: the head lies in the middle of this many. */
const LOG_SIZE = 4096

const logKey = vkey(LOG, 'ed25519', ed25519.publicKeyOf(LOG_SEED))
const witnessKey = vkey(WITNESS, 'cosignature', ed25519.publicKeyOf(WITNESS_SEED))
export const policyText = `log ${logKey}\nwitness lender ${witnessKey}\nquorum lender\n`

export type SampleBundle = { frame: BundleFrame; events: ReadEvent[] }

/** @param events how many of the newest it discloses, genesis not among them */
export function sampleBundle(set: ProofSet, events: number): SampleBundle {
  const read = leafReader(set.parts.map(leafOf))
  const size = set.parts.length
  const from = Math.max(1, size - events)
  const disclosed = set.parts.slice(from).map((parts, at): ReadEvent => {
    return { head: 0, index: from + at, ...shown(parts) }
  })
  const indexes = [0, ...disclosed.map(({ index }) => index)]
  const log = logOver(set.head)
  const frame: BundleFrame = {
    v: 2,
    deviceHeads: [
      {
        note: set.head,
        genesis: genesisOf(set),
        rest: subsetProof(read, indexes, size).map(toBase64),
        leafIndex: log.index,
        proof: inclusionProof(log.read, log.index, LOG_SIZE).map(toBase64),
        newest: null,
      },
    ],
    checkpoint: { note: log.checkpoint, signers: [logKey, witnessKey] },
    anchor: null,
    sale: null,
  }
  return { frame, events: disclosed }
}

/** The file's text; holds 10,000 events at most. */
export function bundleText({ frame, events }: SampleBundle): string {
  return JSON.stringify(bundleOf(frame, events))
}

function logOver(head: string) {
  const index = LOG_SIZE / 2
  const leaves = Array.from({ length: LOG_SIZE }, (_, at) =>
    leafHash(at === index ? concat(DEVICE_HEAD_PREFIX, utf8(head)) : utf8(`leaf ${at}`)),
  )
  const read = leafReader(leaves)
  const root = rootOfRange(read, 0, LOG_SIZE)
  const text = formatCheckpoint({ origin: LOG, size: LOG_SIZE, root })
  const witness = cosigner(WITNESS, WITNESS_SEED).at(WITNESSED_AT_S)
  const signed = signNote(text, [ed25519Signer(LOG, LOG_SEED)])
  return { index, read, checkpoint: addSignature(signed, signatureLine(witness, text)) }
}

function genesisOf({ parts: [genesis] }: ProofSet) {
  const open = { bytes: genesis?.open ?? none, salt: genesis?.openSalt ?? none }
  return { open: { bytes: toBase64(open.bytes), salt: toBase64(open.salt) }, sealed: null }
}

function shown({ open, openSalt, sealed, sealedSalt }: EventParts) {
  return {
    open: { bytes: open, salt: openSalt },
    sealed: sealed && sealedSalt ? { bytes: sealed, salt: sealedSalt } : null,
  }
}
