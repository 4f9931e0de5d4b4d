/** Each leaf that is followed goes to the rule of its type, and what it says is remembered. */
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { HASH_BYTES } from '@tillproof/shared/merkle/hash.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import { originOfHead } from '@tillproof/shared/wire/heads-map.ts'
import type { Finding } from './finding.ts'
import { headLeafHash, judgeHead, type LoggedHead } from './head-rule.ts'
import { judgeHeadsMap } from './heads-map-rule.ts'
import type { Memory } from './memory.ts'

export type FollowedLeaf = {
  leafIndex: number
  entry: Uint8Array
  sidecar: Uint8Array
  seenAtMs: number
}
export type LeafRules = { memory: Memory; policy: Policy; log: { name: string } }

const LONGEST_PREFIX = 64
/** What changes whom a book gives money to: held against the documents that it is shown. */
const SIGNED_OR_ORDERED: ReadonlySet<string> = new Set(['agreement', 'freeze-order'])
const PREFIX = /^tillproof\/([a-z-]+)\/v1\n/

/** Types that have no rule here are read for their hash only. */
export function judgeLeaf(rules: LeafRules, leaf: FollowedLeaf): Finding[] {
  const { leafIndex, entry, sidecar, seenAtMs } = leaf
  const type = typeOf(entry)
  const body = entry.subarray(`tillproof/${type}/v1\n`.length)
  if (type === 'device-head') return judgeDeviceHead(rules, { leafIndex, body, sidecar })
  if (type === 'posting-batch') return judgeBatchLeaf(rules, leafIndex, body)
  if (SIGNED_OR_ORDERED.has(type)) rules.memory.agreements.addLeaf(body, { leafIndex, seenAtMs })
  if (type !== 'heads-map') return []
  return judgeHeadsMap(rules.memory.newestHeads, { log: rules.log.name, leafIndex, body })
}

function judgeDeviceHead({ memory, policy, log }: LeafRules, logged: LoggedHead): Finding[] {
  const { leafIndex, body } = logged
  const heads = {
    cloudName: log.name.replace(/\/log$/, ''),
    known: memory.head,
    pinned: (origin: string) =>
      policy.devices.find(({ verifier }) => verifier.name === origin)?.verifier.publicKey,
  }
  const judged = judgeHead(heads, logged)
  if (judged.head !== undefined) memory.setHead(judged.head.origin, judged.head.known)
  const origin = originOfHead(body)
  if (origin !== undefined) {
    memory.addLoggedHead({ origin, leafIndex, leafHash: headLeafHash(body) })
  }
  return judged.findings
}

/** What the batch says only those see who may read the book; here its hash is remembered. */
function judgeBatchLeaf(
  { memory, log }: LeafRules,
  leafIndex: number,
  body: Uint8Array,
): Finding[] {
  if (body.length === HASH_BYTES) {
    memory.addBatchLeaf(body, leafIndex)
    return []
  }
  const proof = { body: toBase64(body) }
  const detail = 'the leaf is no hash of a batch'
  return [{ kind: 'altered-batch', origin: log.name, leafIndex, detail, proof }]
}

/** A body may follow that is no text, so only single bytes are looked at. */
function typeOf(entry: Uint8Array): string {
  const end = entry.subarray(0, LONGEST_PREFIX).indexOf(10) + 1
  return PREFIX.exec(fromUtf8(entry.subarray(0, end)) ?? '')?.[1] ?? ''
}
