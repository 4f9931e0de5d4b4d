/**
 * Published test vectors of Merkle proofs, in the form of transparency-dev/merkle (inclusion and
 * consistency, good and corrupted ones) and as a list of leaves with the roots they lead to. A
 * vector says what a verifier has to answer; here ours answers, and the two are compared.
 */
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { verifyConsistency, verifyInclusion } from '@tillproof/shared/merkle/proof.ts'
import { z } from 'zod'

export type VectorKind = 'inclusion' | 'consistency' | 'roots'
/** `fault` says how we differ from the vector; undefined when we agree. */
export type Judged = { kind: VectorKind; fault: string | undefined }

/** Go writes a missing byte slice as null; hashes of a wrong length are part of the tests. */
const base64Bytes = z
  .string()
  .nullable()
  .transform((text, context) => {
    const bytes = fromBase64(text ?? '')
    if (bytes === undefined) context.addIssue({ code: 'custom', message: 'is not base64' })
    return bytes ?? z.NEVER
  })
const hexBytes = z.string().transform((text, context) => {
  const bytes = fromHex(text)
  if (bytes === undefined) context.addIssue({ code: 'custom', message: 'is not hex' })
  return bytes ?? z.NEVER
})
const proof = z
  .array(base64Bytes)
  .nullable()
  .transform(hashes => hashes ?? [])

const inclusion = z.object({
  leafIdx: z.number(),
  treeSize: z.number(),
  root: base64Bytes,
  leafHash: base64Bytes,
  proof,
  wantErr: z.boolean(),
})
const consistency = z.object({
  size1: z.number(),
  size2: z.number(),
  root1: base64Bytes,
  root2: base64Bytes,
  proof,
  wantErr: z.boolean(),
})
const roots = z.object({
  leafInputsHex: z.array(hexBytes),
  leafHashesHex: z.array(z.string()).optional(),
  rootsHex: z.array(z.string()),
})

/** Judges one vector, or says why it is none. */
export function judgeVector(json: unknown): Judged | { unreadable: string } {
  const kind = kindOf(json)
  if (kind === undefined) return { unreadable: 'it is no inclusion, consistency or roots vector' }
  const judged = judges[kind](json)
  return typeof judged === 'object' ? judged : { kind, fault: judged }
}

type Judge = (json: unknown) => string | undefined | { unreadable: string }

const judges: Readonly<Record<VectorKind, Judge>> = {
  inclusion(json) {
    const vector = inclusion.safeParse(json)
    if (!vector.success) return unreadable(vector.error)
    const { leafIdx: index, treeSize: size, wantErr, ...rest } = vector.data
    return differing(verifyInclusion({ index, size, ...rest }), wantErr)
  },
  consistency(json) {
    const vector = consistency.safeParse(json)
    if (!vector.success) return unreadable(vector.error)
    const { wantErr, ...claim } = vector.data
    return differing(verifyConsistency(claim), wantErr)
  },
  roots(json) {
    const vector = roots.safeParse(json)
    return vector.success ? rootsFault(vector.data) : unreadable(vector.error)
  },
}

function kindOf(json: unknown): VectorKind | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  if ('leafIdx' in json) return 'inclusion'
  if ('size1' in json) return 'consistency'
  return 'rootsHex' in json ? 'roots' : undefined
}

function differing(accepted: boolean, wantErr: boolean): string | undefined {
  if (accepted === !wantErr) return undefined
  return accepted
    ? 'the proof was accepted and had to be refused'
    : 'the proof was refused and had to be accepted'
}

/** `rootsHex[n]` is the root of the first n leaves. */
function rootsFault(vector: z.infer<typeof roots>): string | undefined {
  const hashes = vector.leafInputsHex.map(leafHash)
  const wrongLeaf = vector.leafHashesHex?.findIndex((hex, at) => hex !== hexAt(hashes, at)) ?? -1
  if (wrongLeaf >= 0) return `leaf ${wrongLeaf} hashes to ${hexAt(hashes, wrongLeaf)}`
  for (const [size, wanted] of vector.rootsHex.entries()) {
    if (size > hashes.length) return `there are no ${size} leaves for the root of size ${size}`
    const root = toHex(rootOf(appendLeaves(emptyPeaks, hashes.slice(0, size))))
    if (root !== wanted) return `the root of size ${size} is ${root}`
  }
  return undefined
}

function hexAt(hashes: readonly Uint8Array[], at: number): string {
  const hash = hashes[at]
  return hash === undefined ? 'nothing' : toHex(hash)
}

function unreadable(error: z.ZodError): { unreadable: string } {
  const [issue] = error.issues
  return { unreadable: `${issue?.path.join('.')} ${issue?.message ?? 'is wrong'}` }
}
