/**
 * The rule that every device log obeys, held against one logged head after another: signed by the
 * device's one key, and extending the head before. Pure: what is known and a leaf in, findings out.
 *
 * The sidecar is the operator's word. Its proof has to lead from the previous head it names to the
 * new one; once it does, a previous root other than the one the device signed at that size shows a
 * fork, and a previous size that was never logged shows a head that was dropped.
 */
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { concat, equal, fromUtf8, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { isAcceptableKey } from '@tillproof/shared/crypto/crypto.ts'
import { parseDeviceOrigin } from '@tillproof/shared/ids.ts'
import { EMPTY_ROOT, leafHash } from '@tillproof/shared/merkle/hash.ts'
import { verifyConsistency } from '@tillproof/shared/merkle/proof.ts'
import {
  type Checkpoint,
  openCheckpoint,
  parseCheckpoint,
} from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Verifier } from '@tillproof/shared/note/key.ts'
import { parseNote } from '@tillproof/shared/note/note.ts'
import { decodeHeadSidecar, type HeadSidecar } from '@tillproof/shared/wire/head-sidecar.ts'
import type { Finding, FindingKind } from './finding.ts'

/** The newest head of an origin that was followed. */
export type KnownHead = {
  size: number
  root: Uint8Array
  note: string
  evidenceKey: Uint8Array
  leafIndex: number
}
/** A `device-head` leaf: the body of its entry and what is served beside it. */
export type LoggedHead = { leafIndex: number; body: Uint8Array; sidecar: Uint8Array }
export type HeadRules = {
  cloudName: string
  known(origin: string): KnownHead | undefined
  /** The key that the policy pins for this origin. */
  pinned(origin: string): Uint8Array | undefined
}
/** `head` is what is known from now on; absent when the leaf is no head of any device. */
export type JudgedHead = { findings: Finding[]; head?: { origin: string; known: KnownHead } }

const LEAF_PREFIX = utf8('tillproof/device-head/v1\n')

/** The leaf's hash in the cloud's log, 32 bytes. @param body of a `device-head` leaf */
export function headLeafHash(body: Uint8Array): Uint8Array {
  return leafHash(concat(LEAF_PREFIX, body))
}

export function judgeHead(rules: HeadRules, logged: LoggedHead): JudgedHead {
  const note = fromUtf8(logged.body) ?? ''
  const parsed = parseNote(note)
  const claimed = parsed.ok ? parseCheckpoint(parsed.text) : undefined
  const origin = claimed?.origin ?? ''
  if (parseDeviceOrigin(origin)?.cloudName !== rules.cloudName) {
    return wrong('bad-head', { ...logged, origin }, 'the leaf is no head of a device of this cloud')
  }
  const known = rules.known(origin)
  const sidecar = decodeHeadSidecar(logged.sidecar)
  const key = rules.pinned(origin) ?? known?.evidenceKey ?? sidecar?.evidenceKey
  const place = { ...logged, origin, known }
  if (key === undefined) return wrong('unproven-growth', place, 'nothing is served beside the head')
  const keys = isAcceptableKey(key) ? [ed25519Verifier(origin, key)] : []
  const opened = openCheckpoint(note, origin, keys)
  if (!opened.ok || opened.checkpoint.extensions.length > 0) {
    const isOther = sidecar !== undefined && !equal(sidecar.evidenceKey, key)
    return isOther
      ? wrong('key-changed', place, 'the head is signed by another key than the device’s')
      : wrong('bad-head', place, 'the head is not signed by the device’s key')
  }
  const findings = [
    ...keyFindings(place, key, sidecar),
    ...growthFindings(place, opened.checkpoint, sidecar),
  ]
  const { size, root } = opened.checkpoint
  const { leafIndex } = logged
  return { findings, head: { origin, known: { size, root, note, evidenceKey: key, leafIndex } } }
}

type Place = LoggedHead & { origin: string; known?: KnownHead | undefined }

function keyFindings(place: Place, key: Uint8Array, sidecar: HeadSidecar | undefined): Finding[] {
  if (sidecar === undefined || equal(sidecar.evidenceKey, key)) return []
  return [found('key-changed', place, 'another key is served beside the head than signed it')]
}

function growthFindings(
  place: Place,
  head: Checkpoint,
  sidecar: HeadSidecar | undefined,
): Finding[] {
  const last = place.known ?? { size: 0, root: EMPTY_ROOT }
  if (place.known !== undefined && head.size === last.size) {
    if (equal(head.root, last.root)) return []
    return [found('forked-device', place, `two roots are signed for size ${head.size}`)]
  }
  if (sidecar === undefined) return [unproven(place, 'no consistency proof is served beside it')]
  const { previousSize: size1, previousRoot: root1, proof } = sidecar
  const claim = { size1, root1, size2: head.size, root2: head.root, proof }
  if (!verifyConsistency(claim)) return [unproven(place, 'the proof served does not verify')]
  if (size1 > last.size) {
    const detail = `the head before it had size ${size1}, the last one in the log has ${last.size}`
    return [found('dropped-head', place, detail)]
  }
  if (size1 < last.size) {
    return [unproven(place, `it is shown to extend size ${size1}, not ${last.size}`)]
  }
  if (equal(root1, last.root)) return []
  return [found('forked-device', place, `its first ${size1} events are others than signed before`)]
}

function unproven(place: Place, detail: string): Finding {
  return found('unproven-growth', place, detail)
}

function wrong(kind: FindingKind, place: Place, detail: string): JudgedHead {
  return { findings: [found(kind, place, detail)] }
}

function found(kind: FindingKind, place: Place, detail: string): Finding {
  const { origin, leafIndex, known, body, sidecar } = place
  const proof = {
    head: fromUtf8(body) ?? toBase64(body),
    sidecar: toBase64(sidecar),
    headBefore: known?.note ?? null,
    leafIndexBefore: known?.leafIndex ?? null,
    evidenceKey: known === undefined ? null : toBase64(known.evidenceKey),
  }
  return { kind, origin, leafIndex, detail, proof }
}
