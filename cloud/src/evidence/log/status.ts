/** How far the log has come, in one look: committed, waiting for witnesses, published, anchored. */
import type { LogStatus } from '@tillproof/shared/api/evidence.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import type { Tx } from '../../platform/db/db.ts'
import { headSize, newestPublished, pendingCheckpoint } from './checkpoints.ts'

export async function readLogStatus(tx: Tx, policy: Policy): Promise<LogStatus> {
  const published = await newestPublished(tx)
  const pending = await pendingCheckpoint(tx)
  const log = policy.logs[0]
  return {
    origin: log?.verifier.name ?? '',
    vkey: log?.vkey ?? '',
    size: await headSize(tx),
    published:
      published === undefined
        ? null
        : {
            size: published.size,
            at: published.at.toISOString(),
            cosignatures: published.cosignatures,
          },
    pending:
      pending === undefined
        ? null
        : { size: pending.size, ageMs: Math.max(0, Date.now() - pending.signedAt.getTime()) },
    anchor: await newestAnchor(tx),
  }
}

type AnchorRow = {
  chain_id: bigint
  contract: string
  size: bigint
  transaction: string
  block_number: bigint | null
  at: Date
  state: 'submitted' | 'mined' | 'final'
}

/** The newest final anchor, or while there is none the one on its way. */
async function newestAnchor(tx: Tx): Promise<LogStatus['anchor']> {
  const [row] = await tx.query<AnchorRow>(
    `select c.chain_id, lower(c.address) as contract, a.size, a.block_number, a.state,
       coalesce(a.mined_transaction, a.transaction_hashes[cardinality(a.transaction_hashes)])
         as transaction,
       coalesce(a.final_at, a.submitted_at) as at
     from anchors a join anchor_contracts c on c.id = a.contract_id
     where a.state <> 'failed' and c.state = 'deployed'
     order by a.state = 'final' desc, a.size desc limit 1`,
  )
  if (row === undefined) return null
  return {
    chainId: Number(row.chain_id),
    contract: row.contract,
    size: Number(row.size),
    transaction: row.transaction,
    block: Number(row.block_number ?? 0n),
    at: row.at.toISOString(),
    state: row.state,
  }
}
