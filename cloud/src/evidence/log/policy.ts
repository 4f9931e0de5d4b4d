/**
 * The policy as this cloud serves it: what it works by, and the contracts its checkpoints are
 * anchored in today. A verifier is meant to keep a copy of his own; what is served here is a
 * convenience, never a root of trust.
 */
import { formatPolicy, type Policy } from '@tillproof/shared/note/policy.ts'
import type { Tx } from '../../platform/db/db.ts'

export type AnchorPlace = { chainId: number; contract: string }

/** The contracts in use, one a chain. */
export async function anchorPlaces(tx: Tx): Promise<AnchorPlace[]> {
  const rows = await tx.query<{ chain_id: bigint; address: string }>(
    `select chain_id, lower(address) as address from anchor_contracts
     where state = 'deployed' order by id`,
  )
  return rows.map(row => ({ chainId: Number(row.chain_id), contract: row.address }))
}

/** The policy's text with the anchors of today; `rpcUrl` as readers reach the chain, if they do. */
export function policyText(policy: Policy, places: AnchorPlace[], rpcUrl?: string): string {
  const anchors = places.map(place => ({ ...place, ...(rpcUrl === undefined ? {} : { rpcUrl }) }))
  return formatPolicy({ ...policy, anchors })
}
