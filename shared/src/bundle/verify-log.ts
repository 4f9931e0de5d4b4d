/**
 * The cloud's side of a bundle: its log's checkpoint, the witnesses, the anchor. Keys come from the
 * policy; the bundle's own `signers` only make every signature line checkable, never trusted.
 */
import { equal, utf8 } from '../bytes/bytes.ts'
import { sha256 } from '../crypto/crypto.ts'
import { verifyConsistency } from '../merkle/proof.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import type { Verifier } from '../note/key.ts'
import { cosignatureTimeS, parseVkey } from '../note/key.ts'
import type { NoteSignature } from '../note/note.ts'
import { parseNote, verifyNote } from '../note/note.ts'
import type { Policy } from '../note/policy.ts'
import { isQuorum } from '../note/policy.ts'
import type { ReadBundle } from './bundle.ts'
import type { Check } from './report.ts'

/** What to read from the chain: `CheckpointAnchor`'s root for (originHash, size). */
export type AnchorQuery = {
  chainId: number
  contract: string
  /** SHA-256 of the log's origin. */
  originHash: Uint8Array
  size: number
}
/** What the caller read for that query; null when the contract holds no root for it. */
export type AnchorCheckResult = { query: AnchorQuery; root: Uint8Array | null }
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

/** @returns what to ask the chain; undefined without an anchor in both bundle and policy. */
export function anchorQuery(bundle: ReadBundle, policy: Policy): AnchorQuery | undefined {
  const origin = parseCheckpointNote(bundle.checkpoint.note)?.origin
  const { anchor } = bundle
  const listed = policy.anchors.some(
    known => known.chainId === anchor?.chainId && known.contract === anchor.contract,
  )
  if (!anchor || !origin || !listed) return undefined
  const { chainId, contract, size } = anchor
  return { chainId, contract, size, originHash: sha256(utf8(origin)) }
}

export function checkAnchor(
  bundle: ReadBundle,
  policy: Policy,
  checkpoint: Checkpoint,
  result: AnchorCheckResult | undefined,
): Check[] {
  const { anchor } = bundle
  if (!anchor) return [unknown('anchor', 'The bundle names no anchor.')]
  const extended = verifyConsistency({
    size1: checkpoint.size,
    root1: checkpoint.root,
    size2: anchor.size,
    root2: anchor.root,
    proof: anchor.proof,
  })
  if (!extended) return [fail('anchor', 'The anchored root does not extend the checkpoint.')]
  if (policy.anchors.length === 0)
    return [unknown('anchor', 'The policy names no anchor contract.')]
  const query = anchorQuery(bundle, policy)
  if (!query) return [fail('anchor', 'The policy does not list the anchor contract.')]
  const named = pass(
    'anchor',
    `Said to be anchored at size ${anchor.size} on chain ${anchor.chainId}.`,
  )
  const isSigned = anchor.size === checkpoint.size
  return [named, ...checkOnChain(query, { root: anchor.root, isSigned }, result)]
}

/** Beyond the checkpoint the root is the bundle's word: no signature of the log is about it. */
function checkOnChain(
  query: AnchorQuery,
  { root, isSigned }: { root: Uint8Array; isSigned: boolean },
  result: AnchorCheckResult | undefined,
): Check[] {
  if (!result) return [unknown('anchor-on-chain', 'The chain was not asked.')]
  if (!isSameQuery(query, result.query)) {
    return [unknown('anchor-on-chain', 'The chain was asked about something else.')]
  }
  if (!result.root) return [fail('anchor-on-chain', 'The contract holds no root for that size.')]
  if (equal(result.root, root)) {
    return [pass('anchor-on-chain', `The contract holds this root for size ${query.size}.`)]
  }
  const other = 'The contract holds another root for this size'
  if (!isSigned) return [fail('anchor', `${other}: the anchor is not the log's.`)]
  const forked = `${other}: the log showed two histories.`
  return [fail('anchor-on-chain', forked), fail('fork', forked)]
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

function parseCheckpointNote(note: string): Checkpoint | undefined {
  const parsed = parseNote(note)
  return parsed.ok ? parseCheckpoint(parsed.text) : undefined
}

function isSameQuery(a: AnchorQuery, b: AnchorQuery): boolean {
  return (
    a.chainId === b.chainId &&
    a.contract === b.contract &&
    a.size === b.size &&
    equal(a.originHash, b.originHash)
  )
}

function pass(name: Check['name'], detail: string): Check {
  return { name, ok: true, detail }
}

function fail(name: Check['name'], detail: string): Check {
  return { name, ok: false, detail }
}

function unknown(name: Check['name'], detail: string): Check {
  return { name, ok: null, detail }
}
