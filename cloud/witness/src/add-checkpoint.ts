/**
 * The one decision a witness makes (C2SP tlog-witness v1.0.0): cosign a checkpoint only when a
 * trusted log signed it and it extends everything cosigned before. The state is written before the
 * cosignature exists, so no crash can let out a signature that is not remembered.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { EMPTY_ROOT } from '@tillproof/shared/merkle/hash.ts'
import { verifyConsistency } from '@tillproof/shared/merkle/proof.ts'
import {
  type Checkpoint,
  openCheckpoint,
  parseCheckpoint,
} from '@tillproof/shared/note/checkpoint.ts'
import type { Cosigner, Verifier } from '@tillproof/shared/note/key.ts'
import { parseNote, signatureLine } from '@tillproof/shared/note/note.ts'
import { type AddCheckpoint, parseRequest } from './request.ts'
import type { Cosigned, WitnessState } from './state.ts'

/** `latest` is the size of the newest cosigned checkpoint, which the sender should start from. */
export type Outcome =
  | { answer: 'cosigned'; line: string; origin: string; size: number }
  | { answer: 'malformed' }
  | { answer: 'unknown-log' }
  | { answer: 'untrusted' }
  | { answer: 'old-size-too-large' }
  | { answer: 'stale'; latest: number }
  | { answer: 'fork'; latest: number }
  | { answer: 'bad-proof' }

export type Witness = {
  cosigner: Cosigner
  /** The logs it serves; a log's key name is its origin. */
  logs: readonly Verifier[]
  state: WitnessState
}

/** @param nowS Unix time in seconds, which the cosignature states */
export function addCheckpoint(witness: Witness, body: Uint8Array, nowS: number): Outcome {
  const request = parseRequest(body)
  const parsed = request && parseNote(request.note)
  const claimed = parsed?.ok ? parseCheckpoint(parsed.text) : undefined
  if (request === undefined || claimed === undefined) return { answer: 'malformed' }
  const keys = witness.logs.filter(log => log.name === claimed.origin)
  if (keys.length === 0) return { answer: 'unknown-log' }
  const opened = openCheckpoint(request.note, claimed.origin, keys)
  if (!opened.ok) return { answer: 'untrusted' }
  const { text, verified } = opened.note
  // Lines by keys nobody here knows are anybody's: what is kept has the log's own alone.
  const signed = `${text}\n${verified.map(({ line }) => line).join('')}`
  return judge(witness, request, opened.checkpoint, { text, signed, nowS })
}

function judge(
  { cosigner, state }: Witness,
  request: AddCheckpoint,
  checkpoint: Checkpoint,
  { text, signed, nowS }: { text: string; signed: string; nowS: number },
): Outcome {
  const { origin, size, root } = checkpoint
  const { oldSize, proof } = request
  if (oldSize > size) return { answer: 'old-size-too-large' }
  const latest = state.latest(origin) ?? nothingYet
  // Two roots of one size are proof, whoever brings them and from wherever he asks.
  if (size === latest.size && !equal(root, latest.root)) {
    state.keepRefused({ origin, kind: 'fork', note: signed, atS: nowS })
    return { answer: 'fork', latest: latest.size }
  }
  if (oldSize !== latest.size) return { answer: 'stale', latest: latest.size }
  const claim = { size1: oldSize, root1: latest.root, size2: size, root2: root, proof }
  if (!verifyConsistency(claim)) {
    state.keepRefused({ origin, kind: 'bad-proof', note: signed, atS: nowS })
    return { answer: 'bad-proof' }
  }
  if (!state.advance(origin, oldSize, { size, root, note: signed, atS: nowS })) {
    return { answer: 'stale', latest: state.latest(origin)?.size ?? 0 }
  }
  return { answer: 'cosigned', line: signatureLine(cosigner.at(nowS), text), origin, size }
}

const nothingYet: Cosigned = { size: 0, root: EMPTY_ROOT, note: '', atS: 0 }
