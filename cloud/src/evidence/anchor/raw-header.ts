/**
 * A block's header in RLP, from the block as JSON-RPC tells it. Nodes give fields, and the hash
 * that names the block is over their encoding: whoever wants to check the one needs the other.
 *
 * (Yellow paper, section 4.3; later fields by EIP-1559, 4895, 4844, 4788 and 7685, in this order.)
 */
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { encodeRlp } from '@tillproof/shared/bytes/rlp.ts'

type Kind = 'data' | 'quantity'

const FIRST: readonly (readonly [string, Kind])[] = [
  ['parentHash', 'data'],
  ['sha3Uncles', 'data'],
  ['miner', 'data'],
  ['stateRoot', 'data'],
  ['transactionsRoot', 'data'],
  ['receiptsRoot', 'data'],
  ['logsBloom', 'data'],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'data'],
  ['mixHash', 'data'],
  ['nonce', 'data'],
]
/** Each hard fork has all those before it. */
const LATER: readonly (readonly [string, Kind])[] = [
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', 'data'],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'data'],
  ['requestsHash', 'data'],
]

/** @returns undefined when a field is missing or no hex text: then nothing can be said. */
export function rawHeader(block: Readonly<Record<string, unknown>>): Uint8Array | undefined {
  const later = LATER.filter(([name]) => block[name] !== undefined && block[name] !== null)
  const fields = [...FIRST, ...later].map(([name, kind]) => field(block[name], kind))
  const known = fields.filter(bytes => bytes !== undefined)
  return known.length === fields.length ? encodeRlp(known) : undefined
}

/** A quantity is written without leading zeros; zero is the empty string. */
function field(value: unknown, kind: Kind): Uint8Array | undefined {
  const digits = typeof value === 'string' && value.startsWith('0x') ? value.slice(2) : undefined
  if (digits === undefined) return undefined
  if (kind === 'data') return fromHex(digits.toLowerCase())
  const shortest = digits.toLowerCase().replace(/^0+/, '')
  return fromHex(shortest.length % 2 === 0 ? shortest : `0${shortest}`)
}
