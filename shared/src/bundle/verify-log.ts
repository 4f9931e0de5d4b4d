/**
 * The cloud's side of a bundle: its log's checkpoint and the witnesses. Keys come from the
 * policy; the bundle's own `signers` only make every signature line checkable, never trusted.
 */
import { equal } from '../bytes/bytes.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import type { Verifier } from '../note/key.ts'
import { cosignatureTimeS, parseVkey } from '../note/key.ts'
import type { NoteSignature } from '../note/note.ts'
import { verifyNote } from '../note/note.ts'
import type { Policy } from '../note/policy.ts'
import { isQuorum } from '../note/policy.ts'
import type { ReadBundle } from './bundle.ts'
import { type Check, fail, pass, unknown } from './report.ts'

export type LogChecks = {
  checks: Check[]
  /** Set when the checkpoint is the policy's log's own. */
  checkpoint?: Checkpoint
  witnesses: { name: string; timeS: number }[]
}

/** @param known checkpoints of the same log seen elsewhere, as signed notes. */
export function checkLog(bundle: ReadBundle, policy: Policy, known: readonly string[]): LogChecks {
  const opened = openLogCheckpoint(bundle, policy)
  if (typeof opened === 'string') {
    return { checks: [{ name: 'checkpoint', ok: false, detail: opened }], witnesses: [] }
  }
  const { checkpoint, verified } = opened
  const missing = alsoMissing(verified, checkpoint, policy)
  if (missing) return { checks: [fail('checkpoint', missing)], witnesses: [] }
  const witnesses = witnessesAmong(verified, policy)
  const checks = [
    pass('checkpoint', `${checkpoint.origin} signed ${checkpoint.size} leaves.`),
    checkQuorum(witnesses, policy),
    ...known
      .map(note => checkAgainst(note, checkpoint, policy))
      .filter(check => check !== undefined),
  ]
  return { checks, checkpoint, witnesses }
}

function openLogCheckpoint(bundle: ReadBundle, policy: Policy) {
  const signers = bundle.checkpoint.signers.map(parseVkey)
  const verifiers = signers.filter(signer => signer !== undefined)
  if (verifiers.length !== signers.length) return 'A signer of the checkpoint is no valid key.'
  const opened = verifyNote(bundle.checkpoint.note, verifiers)
  if (!opened.ok) return `The checkpoint is ${opened.error}.`
  if (opened.unknown.length > 0) return 'A signature of the checkpoint is by a key nobody named.'
  if (opened.verified.length !== verifiers.length) return 'A signer of the checkpoint did not sign.'
  const checkpoint = parseCheckpoint(opened.text)
  if (!checkpoint) return 'The signed text is not a checkpoint.'
  const keys = logKeys(policy, checkpoint.origin)
  if (keys.length === 0) return `The policy does not know the log "${checkpoint.origin}".`
  const isSigned = opened.verified.some(line => keys.some(key => isBy(line, key, verifiers)))
  if (!isSigned) return 'The checkpoint is not signed by the log that the policy trusts.'
  return { checkpoint, verified: opened.verified.map(signature => ({ signature, verifiers })) }
}

/** A log may have several keys, for a time, when it changes them. */
function logKeys(policy: Policy, origin: string): Verifier[] {
  return policy.logs.map(log => log.verifier).filter(verifier => verifier.name === origin)
}

type Explained = { signature: NoteSignature; verifiers: readonly Verifier[] }

/** Names alone are cheap to take: the key under the name has to be the policy's. */
function isBy(signature: NoteSignature, key: Verifier, verifiers: readonly Verifier[]): boolean {
  const signer = verifiers.find(v => v.name === signature.name && v.keyId === signature.keyId)
  if (signer?.name !== key.name || signer.type !== key.type) return false
  return equal(signer.publicKey, key.publicKey)
}

/** A signature beside the log’s first one matters to nobody but the reader who asks for it. */
function alsoMissing(
  signed: readonly Explained[],
  { origin }: Checkpoint,
  policy: Policy,
): string | undefined {
  const asked = policy.also.filter(({ verifier }) => verifier.name === origin)
  const missing = asked.find(({ verifier }) => {
    return !signed.some(({ signature, verifiers }) => isBy(signature, verifier, verifiers))
  })
  return missing && `The checkpoint lacks the ${missing.verifier.type} signature that you ask for.`
}

function witnessesAmong(signed: readonly Explained[], policy: Policy): LogChecks['witnesses'] {
  return policy.witnesses.flatMap(({ name, verifier }) => {
    const line = signed.find(({ signature, verifiers }) => isBy(signature, verifier, verifiers))
    const timeS = line && cosignatureTimeS(line.signature.signature)
    return timeS === undefined ? [] : [{ name, timeS }]
  })
}

/** A policy that asks for nobody is satisfied by nobody, which does not make a witness. */
function checkQuorum(witnesses: LogChecks['witnesses'], policy: Policy): Check {
  const names = witnesses.map(witness => witness.name)
  if (policy.quorum === 'none') return unknown('witnesses', 'The policy asks for no witness.')
  if (isQuorum(policy, names)) return pass('witnesses', `Cosigned by ${names.join(', ')}.`)
  return unknown(
    'witnesses',
    `The quorum "${policy.quorum}" is not reached: ${names.length} signed.`,
  )
}

/** Two signed checkpoints of one size with two roots prove a fork; other sizes prove nothing. */
function checkAgainst(note: string, checkpoint: Checkpoint, policy: Policy): Check | undefined {
  const opened = openCheckpoint(note, checkpoint.origin, logKeys(policy, checkpoint.origin))
  if (!opened.ok || opened.checkpoint.size !== checkpoint.size) return undefined
  return equal(opened.checkpoint.root, checkpoint.root)
    ? pass('fork', 'A checkpoint seen before agrees.')
    : fail('fork', `The log signed two roots for size ${checkpoint.size}.`)
}
