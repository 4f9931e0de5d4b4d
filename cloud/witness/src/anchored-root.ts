/**
 * Reads an anchored root from a chain the verifier trusts: one `eth_call`, written out by hand so
 * that a lender's machine needs no Ethereum library.
 *
 *     rootAt(bytes32 originHash, uint64 size): selector, 32 bytes, size as 32 bytes big-endian
 */

import type { AnchorQuery } from '@tillproof/shared/bundle/verify-anchor.ts'
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { readAtMost } from '@tillproof/shared/bytes/read-at-most.ts'
import { HASH_BYTES } from '@tillproof/shared/merkle/hash.ts'
import { z } from 'zod'

/** First four bytes of keccak-256("rootAt(bytes32,uint64)"). */
const ROOT_AT = '0x930b6ace'
const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 10_000

/** `root` is null when the contract holds none. */
export type ChainAnswer = { root: Uint8Array | null } | { fault: string }

export async function readAnchoredRoot(rpcUrl: string, query: AnchorQuery): Promise<ChainAnswer> {
  const chainId = await call(rpcUrl, 'eth_chainId', [])
  if ('fault' in chainId) return chainId
  if (Number(chainId.result) !== query.chainId) {
    return { fault: `it is chain ${Number(chainId.result)}, not ${query.chainId}` }
  }
  const size = query.size.toString(16).padStart(64, '0')
  const data = `${ROOT_AT}${toHex(query.originHash)}${size}`
  const answer = await call(rpcUrl, 'eth_call', [{ to: query.contract, data }, 'latest'])
  if ('fault' in answer) return answer
  // An address without code answers with nothing: there is no such contract, hence no root.
  if (answer.result === '0x') return { root: null }
  const root = fromHex(answer.result.slice(2).toLowerCase())
  if (root?.length !== HASH_BYTES) return { fault: 'it answered with something that is no root' }
  return { root: root.every(byte => byte === 0) ? null : root }
}

const rpcAnswer = z.object({
  result: z.string().optional(),
  error: z.object({ message: z.string() }).optional(),
})

async function call(
  rpcUrl: string,
  method: string,
  params: unknown[],
): Promise<{ result: string } | { fault: string }> {
  try {
    const answer = await fetch(rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const body = await readAtMost(answer.body, MAX_ANSWER_BYTES)
    if (body === undefined) return { fault: 'its answer is too long' }
    const { result, error } = rpcAnswer.parse(JSON.parse(fromUtf8(body) ?? ''))
    return result === undefined ? { fault: error?.message ?? 'it gave no result' } : { result }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}
