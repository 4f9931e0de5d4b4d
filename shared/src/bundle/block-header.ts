/**
 * A block's header as it comes in RLP: the state root in it, and the hashes that name it. Most
 * chains name a block by the hash of its header. Where QBFT seals blocks, the seals and the round
 * stand in the header and differ from node to node, so the name is hashed without them.
 *
 *     header     [parent hash, ommers, beneficiary, state root, …, extra data (the 13th), …]
 *     extra data [vanity, [validator…], vote, round, [seal…]]     of a QBFT block, in RLP
 *
 * (Yellow paper, section 4.3. QBFT as in Besu's `QbftExtraDataCodec` and `BftBlockHashing`.)
 */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { decodeRlp, encodeRlp, type RlpItem } from '../bytes/rlp.ts'
import { HASH_BYTES } from '../merkle/hash.ts'

/** What QBFT keeps in the extra data: 20-byte addresses, and who sealed what. */
export type QbftSeals = {
  /** The block's name on its chain. */
  hash: Uint8Array
  validators: readonly Uint8Array[]
  seals: readonly Uint8Array[]
  /** Keccak-256 that each seal signs: of the header with the round and without the seals. */
  sealedHash: Uint8Array
}
export type BlockHeader = {
  stateRoot: Uint8Array
  /** Of the whole header: the block's name on every other chain. */
  hash: Uint8Array
  /** null where no QBFT data is in it. */
  qbft: QbftSeals | null
}

const STATE_ROOT = 3
const EXTRA_DATA = 12
/** Before any hard fork added a field. */
const LEAST_FIELDS = 15
const ADDRESS_BYTES = 20
const NOTHING = new Uint8Array()

/** @returns undefined when it is no header */
export function readHeader(bytes: Uint8Array): BlockHeader | undefined {
  const fields = decodeRlp(bytes)
  if (!fields || fields instanceof Uint8Array || fields.length < LEAST_FIELDS) return undefined
  const [stateRoot, extraData] = [fields[STATE_ROOT], fields[EXTRA_DATA]]
  if (!(stateRoot instanceof Uint8Array) || stateRoot.length !== HASH_BYTES) return undefined
  if (!(extraData instanceof Uint8Array)) return undefined
  const hash = keccak_256(bytes)
  const extra = readExtraData(extraData)
  if (!extra) return { stateRoot, hash, qbft: null }
  const hashWith = (round: Uint8Array) => {
    const unsealed = encodeRlp([...extra.before, round, []])
    return keccak_256(encodeRlp(fields.with(EXTRA_DATA, unsealed)))
  }
  const { validators, seals, round } = extra
  const qbft = { hash: hashWith(NOTHING), validators, seals, sealedHash: hashWith(round) }
  return { stateRoot, hash, qbft }
}

function readExtraData(bytes: Uint8Array) {
  const fields = decodeRlp(bytes)
  if (!fields || fields instanceof Uint8Array || fields.length !== 5) return undefined
  const [vanity = NOTHING, validators, vote = NOTHING, round, seals] = fields
  if (!isBytesList(validators) || !isBytesList(seals) || !(round instanceof Uint8Array)) {
    return undefined
  }
  if (validators.some(address => address.length !== ADDRESS_BYTES)) return undefined
  return { before: [vanity, validators, vote], validators, round, seals }
}

function isBytesList(item: RlpItem | undefined): item is readonly Uint8Array[] {
  if (!item || item instanceof Uint8Array) return false
  return item.every(each => each instanceof Uint8Array)
}
