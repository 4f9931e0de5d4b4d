/** SQL of contracts and anchors. Every transition names the state it leaves, so none runs twice. */
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import type { Hash, Hex } from 'viem'
import type { Tx } from '../../platform/db/db.ts'
import { headSize } from '../log/checkpoints.ts'
import { logRootAt } from '../log/tiles.ts'
import type { Anchor, AnchorState } from './anchor.ts'
import type { AnchoredState } from './anchored-state.ts'
import type { Receipt, SignedTransaction } from './chain.ts'

export type Contract = {
  id: bigint
  address: Hex
  state: 'submitted' | 'deployed'
  nonce: number | null
  raw: Hex | null
}

type ContractRow = {
  id: bigint
  address: Hex
  state: 'submitted' | 'deployed'
  nonce: bigint | null
  raw_transaction: Hex | null
}

/** The contract in use on this chain for this log, if any. */
export async function liveContract(
  tx: Tx,
  chainId: number,
  originHash: Hex,
): Promise<Contract | undefined> {
  const [row] = await tx.query<ContractRow>(
    `select id, address, state, nonce, raw_transaction from anchor_contracts
     where chain_id = $1 and origin_hash = $2 and state <> 'lost'`,
    [chainId, bytes(originHash)],
  )
  if (row === undefined) return undefined
  const nonce = row.nonce === null ? null : Number(row.nonce)
  return { id: row.id, address: row.address, state: row.state, nonce, raw: row.raw_transaction }
}

export type NewContract = {
  chainId: number
  originHash: Hex
  address: Hex
  /** Absent when the contract was there before us. */
  deployment: SignedTransaction | undefined
}

/** Another process may have been first; then nothing is added. */
export async function addContract(tx: Tx, contract: NewContract): Promise<void> {
  const { chainId, originHash, address, deployment } = contract
  await tx.query(
    `insert into anchor_contracts (chain_id, origin_hash, address, nonce, raw_transaction, state)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [
      chainId,
      bytes(originHash),
      address,
      deployment?.nonce ?? null,
      deployment?.raw ?? null,
      deployment === undefined ? 'deployed' : 'submitted',
    ],
  )
}

export async function setContractDeployed(tx: Tx, id: bigint): Promise<void> {
  await tx.query(
    `update anchor_contracts set state = 'deployed' where id = $1 and state = 'submitted'`,
    [id],
  )
}

/** The chain no longer has the contract; with it every anchor in it is worth nothing. */
export async function setContractLost(tx: Tx, id: bigint): Promise<void> {
  await tx.query(`update anchor_contracts set state = 'lost' where id = $1`, [id])
  await tx.query(
    `update anchors set state = 'failed', final_at = null, failure = 'the contract is gone'
     where contract_id = $1 and state <> 'failed'`,
    [id],
  )
}

type AnchorRow = {
  id: bigint
  size: bigint
  root: Buffer
  nonce: bigint
  gas_price: string
  raw_transaction: Hex
  transaction_hashes: Hash[]
  state: AnchorState
  block_number: bigint | null
  block_hash: Hash | null
  sent_at: Date | null
}

const anchorColumns = `id, size, root, nonce, gas_price::text as gas_price, raw_transaction,
  transaction_hashes, state, block_number, block_hash, sent_at`

/** The anchor of this contract that is on its way, if any. */
export async function anchorOnItsWay(tx: Tx, contractId: bigint): Promise<Anchor | undefined> {
  const [row] = await tx.query<AnchorRow>(
    `select ${anchorColumns} from anchors
     where contract_id = $1 and state in ('submitted', 'mined')`,
    [contractId],
  )
  return row && anchorOf(row)
}

export async function newestFinalAnchor(tx: Tx, contractId: bigint): Promise<Anchor | undefined> {
  const [row] = await tx.query<AnchorRow>(
    `select ${anchorColumns} from anchors
     where contract_id = $1 and state = 'final' order by size desc limit 1`,
    [contractId],
  )
  return row && anchorOf(row)
}

export type ToAnchor = { size: number; root: Hex }

/** The newest published checkpoint, if larger than all anchored and `everyMs` has passed. */
export async function checkpointToAnchor(
  tx: Tx,
  contractId: bigint,
  everyMs: number,
): Promise<ToAnchor | undefined> {
  const [row] = await tx.query<{ size: bigint; root: Buffer }>(
    `select size, root from log_checkpoints c
     where state = 'published'
       and not exists (select from anchors a where a.contract_id = $1
         and (a.state <> 'failed' and a.size >= c.size
           or a.submitted_at > now() - $2 * interval '1 millisecond'))
     order by size desc limit 1`,
    [contractId, everyMs],
  )
  return row && { size: Number(row.size), root: `0x${toHex(row.root)}` }
}

export async function addAnchor(
  tx: Tx,
  contractId: bigint,
  checkpoint: ToAnchor,
  signed: SignedTransaction,
): Promise<void> {
  await tx.query(
    `insert into anchors (contract_id, size, root, nonce, gas_price, raw_transaction,
       transaction_hashes, state)
     values ($1, $2, $3, $4, $5, $6, array[$7], 'submitted') on conflict do nothing`,
    [
      contractId,
      checkpoint.size,
      bytes(checkpoint.root),
      signed.nonce,
      signed.gasPrice.toString(),
      signed.raw,
      signed.hash,
    ],
  )
}

export async function setSent(tx: Tx, id: bigint): Promise<void> {
  await tx.query('update anchors set sent_at = now() where id = $1', [id])
}

/** Same nonce, higher price: saved before it is sent, like the first one. */
export async function setBumped(tx: Tx, id: bigint, signed: SignedTransaction): Promise<void> {
  await tx.query(
    `update anchors set raw_transaction = $2, gas_price = $3, sent_at = null,
       transaction_hashes = transaction_hashes || $4
     where id = $1 and state = 'submitted' and not $4 = any (transaction_hashes)`,
    [id, signed.raw, signed.gasPrice.toString(), signed.hash],
  )
}

export async function setMined(tx: Tx, id: bigint, receipt: Receipt): Promise<void> {
  await tx.query(
    `update anchors set state = 'mined', block_number = $2, block_hash = $3, mined_transaction = $4
     where id = $1 and state in ('submitted', 'mined')`,
    [id, receipt.block.toString(), receipt.blockHash, receipt.hash],
  )
}

export async function setUnmined(tx: Tx, id: bigint): Promise<void> {
  await tx.query(
    `update anchors set state = 'submitted', block_number = null, block_hash = null,
       mined_transaction = null, sent_at = null
     where id = $1 and state = 'mined'`,
    [id],
  )
}

/** @param state what proves it without the chain, where there is such a thing */
export async function setFinal(tx: Tx, id: bigint, state?: AnchoredState): Promise<void> {
  await tx.query(
    `update anchors set state = 'final', final_at = now(), header = $2, account_proof = $3,
       storage_proof = $4
     where id = $1 and state = 'mined'`,
    [id, state?.header ?? null, state?.account ?? null, state?.storage ?? null],
  )
}

/** What proves a final anchor offline, for bundles; undefined where the chain gave nothing. */
export async function anchoredState(tx: Tx, id: bigint): Promise<AnchoredState | undefined> {
  const [row] = await tx.query<{ header: Buffer; account: Buffer[]; storage: Buffer[] }>(
    `select header, account_proof as account, storage_proof as storage from anchors
     where id = $1 and state = 'final' and header is not null`,
    [id],
  )
  return row
}

/** The root that this database has at a size; undefined when its log is smaller. */
export async function rootOfLog(tx: Tx, size: number): Promise<Hex | undefined> {
  const [row] = await tx.query<{ root: Buffer }>(
    'select root from log_checkpoints where size = $1',
    [size],
  )
  if (row !== undefined) return `0x${toHex(row.root)}`
  return (await headSize(tx)) < size ? undefined : `0x${toHex(await logRootAt(tx, size))}`
}

export async function setFailed(tx: Tx, id: bigint, reason: string): Promise<void> {
  await tx.query(
    `update anchors set state = 'failed', failure = $2, final_at = null
     where id = $1 and state <> 'failed'`,
    [id, reason],
  )
}

function anchorOf(row: AnchorRow): Anchor {
  return {
    id: row.id,
    size: Number(row.size),
    root: `0x${toHex(row.root)}`,
    nonce: Number(row.nonce),
    gasPrice: BigInt(row.gas_price),
    raw: row.raw_transaction,
    hashes: row.transaction_hashes,
    state: row.state,
    block: row.block_number,
    blockHash: row.block_hash,
    sentAtMs: row.sent_at === null ? null : row.sent_at.getTime(),
  }
}

function bytes(hex: Hex): Uint8Array {
  return fromHex(hex.slice(2)) ?? new Uint8Array()
}
