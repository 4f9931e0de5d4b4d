/**
 * A machine's log as the benchmark uses it: sales as a vending machine tells them, with salts, a
 * payer in every fourth event's sealed part, and one signed head over all of them.
 */
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { encodeOpen, encodeSealed } from '@tillproof/shared/event/codec.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import type { EventParts, OpenEvent } from '@tillproof/shared/event/event.ts'
import { deviceOrigin } from '@tillproof/shared/ids.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'

export const CLOUD = 'bench.tillproof.local'
export const ORIGIN = deviceOrigin(CLOUD, 'd0123456789ab', 1)
export const EVIDENCE_SEED = new Uint8Array(32).fill(7)
const START_MS = 1_750_000_000_000

/** Events from 0 on, and the head over all of them as the machine signed it. */
export type ProofSet = { parts: readonly EventParts[]; head: string }

/** @param events how many, genesis included; at least 1 */
export function makeProofSet(events: number, random: () => number): ProofSet {
  const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(random() * 256))
  const bootId = bytes(8)
  const parts = Array.from({ length: events }, (_, index): EventParts => {
    const always = { index, atMs: START_MS + 900 * index, monotonicMs: 900 * index, bootId }
    const open = encodeOpen(index === 0 ? genesis(always) : { ...always, ...fieldsOf(index) })
    if (index % 4 !== 2) return { open, openSalt: bytes(16), sealed: null, sealedSalt: null }
    const sealed = encodeSealed({ payer: `payer-${1e9 + index}` })
    return { open, openSalt: bytes(16), sealed, sealedSalt: bytes(16) }
  })
  const root = rootOf(appendLeaves(emptyPeaks, parts.map(leafOf)))
  const text = formatCheckpoint({ origin: ORIGIN, size: events, root })
  return { parts, head: signNote(text, [ed25519Signer(ORIGIN, EVIDENCE_SEED)]) }
}

export function leafOf(parts: EventParts): Uint8Array {
  return leafHash(commit(parts))
}

type Always = Pick<OpenEvent, 'index' | 'atMs' | 'monotonicMs' | 'bootId'>

function genesis(always: Always): OpenEvent {
  const facts = {
    model: 'Vendo 500',
    controllerSerial: 'SN-0001',
    tlsFingerprint: new Uint8Array(32).fill(0xaa),
    evidenceKey: ed25519.publicKeyOf(EVIDENCE_SEED),
    agentVersion: '0.1.0',
  }
  return { ...always, kind: 'genesis', genesis: facts }
}

/** A sale is four events: requested, paid, approved, delivered. */
function fieldsOf(index: number): Partial<OpenEvent> & Pick<OpenEvent, 'kind'> {
  const sale = index - ((index - 1) % 4)
  const money = { amountMinor: 350n, currency: 'CNY' }
  const orderId = `00000000-0000-4000-8000-${String(sale).padStart(12, '0')}`
  const kinds = [
    { kind: 'sale.requested', item: 'A1', ...money },
    { kind: 'payment.seen', orderId, ...money },
    { kind: 'sale.approved', orderId, ...money },
    { kind: 'sale.result', result: 'success' },
  ] as const
  return { sale, ...(kinds[(index - 1) % 4] ?? kinds[0]) }
}
