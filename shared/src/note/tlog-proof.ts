/**
 * C2SP tlog-proof: one entry's place in a log, with the checkpoint it is proven under, as a text
 * file that any reader with the log's policy can check offline.
 *
 *   c2sp.org/tlog-proof@v1\n
 *   [extra <base64>\n]           not authenticated
 *   index <decimal>\n
 *   [<hash, base64>\n]…          from the leaf's sibling up
 *   \n
 *   <checkpoint, as it was signed>
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts'
import { HASH_BYTES } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/proof.ts'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { isQuorum, type Policy } from './policy.ts'

export type TlogProof = {
  extra: Uint8Array | null
  index: number
  /** Inclusion proof, each 32 bytes. */
  hashes: Uint8Array[]
  /** A signed note. */
  checkpoint: string
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1'
const EXTRA = 'extra '
const INDEX = /^index (0|[1-9]\d{0,15})$/
/** A tree of 2^63 leaves is no higher. */
const MAX_HASHES = 63

export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [
    FIRST_LINE,
    ...(extra === null ? [] : [`${EXTRA}${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(toBase64),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** @returns undefined on anything but a proof; says nothing about hashes and signatures. */
export function parseTlogProof(text: string): TlogProof | undefined {
  const end = text.indexOf('\n\n')
  const [first, ...lines] = text.slice(0, Math.max(0, end)).split('\n')
  const extra = lines[0]?.startsWith(EXTRA) ? fromBase64(lines[0].slice(EXTRA.length)) : null
  if (first !== FIRST_LINE || extra === undefined) return undefined
  const [indexLine, ...hashLines] = extra === null ? lines : lines.slice(1)
  const index = Number(INDEX.exec(indexLine ?? '')?.[1] ?? Number.NaN)
  const hashes = hashLines.map(line => fromBase64(line))
  const isProof = hashes.every(hash => hash?.length === HASH_BYTES) && hashes.length <= MAX_HASHES
  if (!Number.isSafeInteger(index) || !isProof) return undefined
  return { extra, index, hashes: hashes.filter(isThere), checkpoint: text.slice(end + 2) }
}

export type TlogVerdict =
  | { ok: true; checkpoint: Checkpoint; index: number; cosigners: string[]; isWitnessed: boolean }
  | { ok: false; error: 'malformed' | 'unsigned' | 'not-included' }

/**
 * Whether the log of the policy holds this leaf where the proof says. What to make of a checkpoint
 * without the policy's quorum is the caller's to decide.
 * @param leafHash of the entry, RFC 6962 §2.1
 */
export function verifyTlogProof(text: string, leafHash: Uint8Array, policy: Policy): TlogVerdict {
  const proof = parseTlogProof(text)
  if (!proof) return { ok: false, error: 'malformed' }
  const { index, hashes } = proof
  const verifiers = [...policy.logs, ...policy.witnesses].map(each => each.verifier)
  for (const log of policy.logs) {
    const opened = openCheckpoint(proof.checkpoint, log.verifier.name, verifiers)
    if (!opened.ok || !opened.note.verified.some(line => isBy(line, log.verifier))) continue
    const { checkpoint, note } = opened
    const { size, root } = checkpoint
    if (!verifyInclusion({ leafHash, index, size, proof: hashes, root })) {
      return { ok: false, error: 'not-included' }
    }
    const cosigners = policy.witnesses
      .filter(witness => note.verified.some(line => isBy(line, witness.verifier)))
      .map(({ name }) => name)
    return { ok: true, checkpoint, index, cosigners, isWitnessed: isQuorum(policy, cosigners) }
  }
  return { ok: false, error: 'unsigned' }
}

type Named = { name: string; keyId: string }
const isBy = (line: Named, key: Named): boolean =>
  line.name === key.name && line.keyId === key.keyId
const isThere = <T>(value: T | undefined): value is T => value !== undefined
