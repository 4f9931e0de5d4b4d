/**
 * Proofs in Ethereum's Merkle Patricia trie as `eth_getProof` gives them: the nodes on the way from
 * the root to a key, each named by its Keccak-256 in the one above. Keys are hashed before they are
 * looked up, so every path is 64 nibbles long. (Yellow paper, appendix D.)
 */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { equal } from '../bytes/bytes.ts'
import { decodeRlp, type RlpItem } from '../bytes/rlp.ts'

/** `value` is null where the trie holds nothing under the key, which a proof shows as well. */
export type Proven = { ok: true; value: Uint8Array | null } | { ok: false }

const HASH_BYTES = 32
/** A path of 64 nibbles has no more nodes. */
const MAX_NODES = 64
/** A branch of 16 hashes and a value. */
const MAX_NODE_BYTES = 1024
const BRANCH_ITEMS = 17
const EMPTY_TRIE = keccak_256(Uint8Array.of(0x80))
const refused: Proven = { ok: false }
const absent: Proven = { ok: true, value: null }

/** @param nodes RLP of the nodes from the root down; one too many is one that proves nothing */
export function provenInTrie(
  root: Uint8Array,
  key: Uint8Array,
  nodes: readonly Uint8Array[],
): Proven {
  if (nodes.length > MAX_NODES) return refused
  if (nodes.length === 0) return equal(root, EMPTY_TRIE) ? absent : refused
  const walk: Walk = { nodes, used: 0, path: nibblesOf(keccak_256(key)) }
  const proven = follow(walk, root)
  return walk.used === nodes.length ? proven : refused
}

type Walk = { nodes: readonly Uint8Array[]; used: number; path: readonly number[] }

/** @param reference a node's hash, or, when it is shorter than a hash, the node itself */
function follow(walk: Walk, reference: RlpItem | undefined): Proven {
  const node = reference instanceof Uint8Array ? nextNode(walk, reference) : reference
  if (node?.length === BRANCH_ITEMS) return followBranch(walk, node)
  if (node?.length === 2) return followShort(walk, node)
  return refused
}

function nextNode(walk: Walk, hash: Uint8Array): readonly RlpItem[] | undefined {
  const bytes = walk.nodes[walk.used]
  if (!bytes || bytes.length > MAX_NODE_BYTES || hash.length !== HASH_BYTES) return undefined
  if (!equal(keccak_256(bytes), hash)) return undefined
  walk.used += 1
  const node = decodeRlp(bytes)
  return node instanceof Uint8Array ? undefined : node
}

function followBranch(walk: Walk, branch: readonly RlpItem[]): Proven {
  const [nibble, ...path] = walk.path
  if (nibble === undefined) return refused
  const child = branch[nibble]
  if (child instanceof Uint8Array && child.length === 0) return absent
  walk.path = path
  return follow(walk, child)
}

/** A leaf, or an extension over nibbles that all keys below share. */
function followShort(walk: Walk, [prefix, rest]: readonly RlpItem[]): Proven {
  const part = prefix instanceof Uint8Array ? readPrefix(prefix) : undefined
  if (!part) return refused
  const isOnPath = part.nibbles.every((nibble, at) => nibble === walk.path[at])
  const left = walk.path.slice(part.nibbles.length)
  if (!part.isLeaf) {
    if (!isOnPath) return absent
    walk.path = left
    return follow(walk, rest)
  }
  if (part.nibbles.length !== walk.path.length) return refused
  if (!isOnPath) return absent
  return rest instanceof Uint8Array ? { ok: true, value: rest } : refused
}

/** Nibbles after a flag: 2 for a leaf; 1 when they are odd, else a zero nibble follows. */
function readPrefix(bytes: Uint8Array) {
  const [flag = 16, second, ...even] = nibblesOf(bytes)
  const isOdd = flag % 2 === 1
  if (flag > 3 || second === undefined || (!isOdd && second !== 0)) return undefined
  const nibbles = isOdd ? [second, ...even] : even
  const isLeaf = flag >= 2
  return !isLeaf && nibbles.length === 0 ? undefined : { isLeaf, nibbles }
}

function nibblesOf(bytes: Uint8Array): number[] {
  return [...bytes].flatMap(byte => [byte >> 4, byte & 0x0f])
}
