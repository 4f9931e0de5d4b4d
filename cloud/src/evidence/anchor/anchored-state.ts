/**
 * What proves an anchor to somebody who has no node: the header of its block, and the way from that
 * header's state root to the root in the contract. Taken once, when the anchor is final, while the
 * node still has that block's state; checked before it is kept, as a verifier will check it.
 */
import { type AnchorProof, readAnchorProof } from '@tillproof/shared/bundle/anchor-proof.ts'
import { type BlockHeader, readHeader } from '@tillproof/shared/bundle/block-header.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import type { Hash, Hex } from 'viem'
import { z } from 'zod'
import { rawHeader } from './raw-header.ts'

/** `header`: RLP. `account`, `storage`: RLP of trie nodes, from the root down. */
export type AnchoredState = { header: Uint8Array; account: Uint8Array[]; storage: Uint8Array[] }

export type StateQuery = {
  contract: Hex
  originHash: Hex
  size: number
  root: Hex
  block: bigint
  blockHash: Hash
}

/** A block and an answer to `eth_getProof` as the node gave them, not yet believed. */
export type StateAnswer = { block: unknown; proof: unknown }

const bytes = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/)
  .transform(text => fromHex(text.slice(2).toLowerCase()) ?? new Uint8Array())
const proofAnswer = z.object({
  accountProof: z.array(bytes),
  storageProof: z.array(z.object({ proof: z.array(bytes) })).length(1),
})
const blockAnswer = z.record(z.string(), z.unknown())

/** Undefined unless the header is that of the block and the proof gives the anchored root. */
export function checkedState(query: StateQuery, answer: StateAnswer): AnchoredState | undefined {
  const block = blockAnswer.safeParse(answer.block)
  const given = proofAnswer.safeParse(answer.proof)
  const raw = block.success ? rawHeader(block.data) : undefined
  if (raw === undefined || !given.success) return undefined
  const header = readHeader(raw)
  const blockHash = fromHex(query.blockHash.slice(2)) ?? new Uint8Array()
  if (header === undefined || !namesOf(header).some(name => equal(name, blockHash))) {
    return undefined
  }
  const account = given.data.accountProof
  const storage = given.data.storageProof[0]?.proof ?? []
  const isProven = provesRoot(query, header.stateRoot, { account, storage })
  return isProven ? { header: raw, account, storage } : undefined
}

/** QBFT names a block without its seals, which stay in the header that is kept. */
function namesOf({ hash, qbft }: BlockHeader): Uint8Array[] {
  return qbft === null ? [hash] : [hash, qbft.hash]
}

function provesRoot(query: StateQuery, stateRoot: Uint8Array, proof: AnchorProof): boolean {
  const { size } = query
  const contract = query.contract.toLowerCase()
  const originHash = fromHex(query.originHash.slice(2)) ?? new Uint8Array()
  const reading = readAnchorProof({ contract, originHash, size }, stateRoot, proof)
  const root = fromHex(query.root.slice(2)) ?? new Uint8Array()
  return reading.ok && reading.root !== null && equal(reading.root, root)
}
