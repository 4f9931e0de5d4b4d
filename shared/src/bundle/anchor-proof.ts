/**
 * An anchored root read out of a chain's state without asking a node: `eth_getProof` of the
 * contract's storage, held against the state root of a block that the reader trusts otherwise.
 * Where `CheckpointAnchor` keeps its roots, its source says: `rootAt` is its third variable.
 *
 *     slot of rootAt[originHash][size] = K(size as 32 bytes || K(originHash || 2 as 32 bytes))
 */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concat } from '../bytes/bytes.ts'
import { fromHex } from '../bytes/hex.ts'
import { decodeRlp } from '../bytes/rlp.ts'
import { HASH_BYTES } from '../merkle/hash.ts'
import { provenInTrie } from './patricia.ts'
import type { AnchorQuery } from './verify-anchor.ts'

/** RLP of trie nodes from the root down, as in `accountProof` and `storageProof[0].proof`. */
export type AnchorProof = { account: readonly Uint8Array[]; storage: readonly Uint8Array[] }
/** `root` is null when it is proven that the contract holds none, or that there is no contract. */
export type AnchorReading = { ok: true; root: Uint8Array | null } | { ok: false; fault: string }

const ROOT_AT_SLOT = 2n
/** Nonce, balance, storage root, code hash. */
const ACCOUNT_FIELDS = 4

/** @param stateRoot of the block that the proof was made for, 32 bytes */
export function readAnchorProof(
  query: Pick<AnchorQuery, 'contract' | 'originHash' | 'size'>,
  stateRoot: Uint8Array,
  proof: AnchorProof,
): AnchorReading {
  const address = fromHex(query.contract.replace(/^0x/, ''))
  if (address?.length !== 20) return { ok: false, fault: 'the contract is no address' }
  const account = provenInTrie(stateRoot, address, proof.account)
  if (!account.ok) return { ok: false, fault: 'the account is not proven under the state root' }
  if (account.value === null) return { ok: true, root: null }
  const storageRoot = storageRootOf(account.value)
  if (!storageRoot) return { ok: false, fault: 'what is proven is no account' }
  const slot = anchorSlot(query.originHash, query.size)
  const stored = provenInTrie(storageRoot, slot, proof.storage)
  if (!stored.ok) return { ok: false, fault: 'the root is not proven under the account' }
  if (stored.value === null) return { ok: true, root: null }
  const root = wordOf(stored.value)
  return root ? { ok: true, root } : { ok: false, fault: 'what is stored there is no word' }
}

/** The storage key that `eth_getProof` is to be asked for, 32 bytes. */
export function anchorSlot(originHash: Uint8Array, size: number): Uint8Array {
  const ofOrigin = keccak_256(concat(originHash, word(ROOT_AT_SLOT)))
  return keccak_256(concat(word(BigInt(size)), ofOrigin))
}

function storageRootOf(account: Uint8Array): Uint8Array | undefined {
  const fields = decodeRlp(account)
  if (!fields || fields instanceof Uint8Array || fields.length !== ACCOUNT_FIELDS) return undefined
  const storageRoot = fields[2]
  return storageRoot instanceof Uint8Array && storageRoot.length === HASH_BYTES
    ? storageRoot
    : undefined
}

/** A stored word without its leading zeros, put back to 32 bytes. Zero is never stored. */
function wordOf(value: Uint8Array): Uint8Array | undefined {
  const bytes = decodeRlp(value)
  if (!(bytes instanceof Uint8Array) || bytes.length > HASH_BYTES) return undefined
  if (bytes.length === 0 || bytes[0] === 0) return undefined
  return concat(new Uint8Array(HASH_BYTES - bytes.length), bytes)
}

function word(value: bigint): Uint8Array {
  const bytes = new Uint8Array(HASH_BYTES)
  new DataView(bytes.buffer).setBigUint64(HASH_BYTES - 8, value)
  return bytes
}
