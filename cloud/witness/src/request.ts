/**
 * The body of tlog-witness add-checkpoint:
 *
 *     old <size> LF
 *     <base64 hash> LF          none to 63, the consistency proof
 *     LF
 *     <signed checkpoint>
 *
 * Reads bytes anybody may send, so it says only what is in them and trusts nothing.
 */
import { fromBase64, toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { HASH_BYTES } from '@tillproof/shared/merkle/hash.ts'

export type AddCheckpoint = { oldSize: number; proof: Uint8Array[]; note: string }

export const MAX_REQUEST_BYTES = 128 * 1024
const MAX_PROOF_LINES = 63
const OLD_SIZE = /^old (0|[1-9]\d{0,15})$/

/** Undefined on anything that is not one canonical request. */
export function parseRequest(body: Uint8Array): AddCheckpoint | undefined {
  const text = fromUtf8(body)
  const end = text?.indexOf('\n\n') ?? -1
  if (text === undefined || end < 0) return undefined
  const [first = '', ...lines] = text.slice(0, end).split('\n')
  const oldSize = Number(OLD_SIZE.exec(first)?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(oldSize) || lines.length > MAX_PROOF_LINES) return undefined
  const proof: Uint8Array[] = []
  for (const line of lines) {
    const hash = fromBase64(line)
    if (hash?.length !== HASH_BYTES) return undefined
    proof.push(hash)
  }
  return { oldSize, proof, note: text.slice(end + 2) }
}

/** The body that {@link parseRequest} reads back. */
export function formatRequest({ oldSize, proof, note }: AddCheckpoint): string {
  const lines = proof.map(hash => `${toBase64(hash)}\n`)
  return `old ${oldSize}\n${lines.join('')}\n${note}`
}
