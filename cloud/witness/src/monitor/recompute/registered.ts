/** Which terms stand in the registry contract under an agreement's version: one `eth_call`. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { PolicyContract } from '@tillproof/shared/note/policy.ts'
import { type Address, createPublicClient, type Hex, http, parseAbi } from 'viem'

const abi = parseAbi(['function digestAt(bytes32 idHash, uint32 version) view returns (bytes32)'])
const TIMEOUT_MS = 10_000
const NOTHING: Hex = `0x${'00'.repeat(32)}`

/** The EIP-712 digest; null while nothing stands there. Throws while the chain does not answer. */
export type ReadRegistered = (agreementId: string, version: number) => Promise<Hex | null>

/** @param rpcUrl a node that the lender trusts */
export function registryReader(rpcUrl: string, registry: PolicyContract): ReadRegistered {
  const transport = http(rpcUrl, { retryCount: 0, timeout: TIMEOUT_MS })
  const client = createPublicClient({ transport, cacheTime: 0 })
  const address = registry.contract as Address
  return async (agreementId, version) => {
    const idHash: Hex = `0x${toHex(sha256(utf8(agreementId)))}`
    const call = { address, abi, functionName: 'digestAt', args: [idHash, version] } as const
    const digest = await client.readContract(call)
    return digest === NOTHING ? null : digest
  }
}
