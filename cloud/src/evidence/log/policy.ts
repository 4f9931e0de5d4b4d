/**
 * The policy as this cloud serves it: what it works by, and the contracts that hold its anchors and
 * its agreements today. A verifier is meant to keep a copy of his own; what is served here is a
 * convenience, never a root of trust.
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { formatPolicy, type Policy } from '@tillproof/shared/note/policy.ts'
import type { Tx } from '../../platform/db/db.ts'

export type ContractPlace = { chainId: number; contract: string }

/**
 * The contracts in use, one a chain.
 * @param name what they are for: a log's origin, or a cloud's name for its agreements
 */
async function placesOf(tx: Tx, name: string): Promise<ContractPlace[]> {
  const rows = await tx.query<{ chain_id: bigint; address: string }>(
    `select chain_id, lower(address) as address from anchor_contracts
     where state = 'deployed' and origin_hash = $1 order by id`,
    [sha256(utf8(name))],
  )
  return rows.map(row => ({ chainId: Number(row.chain_id), contract: row.address }))
}

/**
 * The policy's text with the contracts of today; `rpcUrl` as readers reach the chain, if so. Second
 * keys stay out: older checkpoints lack their signatures, and who wants them asks for them himself.
 */
export async function policyText(tx: Tx, policy: Policy, rpcUrl?: string): Promise<string> {
  const origin = policy.logs[0]?.verifier.name ?? ''
  const reached = (place: ContractPlace) => ({ ...place, ...(rpcUrl ? { rpcUrl } : {}) })
  const anchors = (await placesOf(tx, origin)).map(reached)
  const registries = (await placesOf(tx, origin.replace(/\/log$/, ''))).map(reached)
  return formatPolicy({ ...policy, also: [], anchors, registries })
}
