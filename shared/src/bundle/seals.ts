/**
 * Who sealed a QBFT block: validators sign its hash with secp256k1, and two thirds of them, rounded
 * up, make it final for good. (Besu: `BftHelpers.calculateRequiredValidatorQuorum`.)
 */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concat } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import type { QbftSeals } from './block-header.ts'

export type Quorum = {
  /** How many of the trusted validators sealed the block. */
  signed: number
  needed: number
  /** Whether the block names nobody else as its validators. */
  isSet: boolean
}

/** r, s, and which of the two points it is. */
const SEAL_BYTES = 65
const ADDRESS_BYTES = 20

/** Each seal costs a millisecond. */
const MAX_SEALS = 256

/**
 * Who sealed the block. The block's name does not cover its seals, so none may be there that is not
 * by one of its own validators, once. A chain that keeps its validators in a contract names none in
 * its blocks: whose each seal is, only the reader's list can say then.
 * @returns addresses, `0x` and 40 lower-case hex digits; undefined when a seal is out of place
 */
export function sealersOf({ seals, validators, sealedHash }: QbftSeals): string[] | undefined {
  const isUnnamed = validators.length === 0
  if (seals.length > (isUnnamed ? MAX_SEALS : validators.length)) return undefined
  const own = new Set(validators.map(addressText))
  const sealers = new Set(seals.map(seal => addressOf(seal, sealedHash) ?? ''))
  const isTheirs = isUnnamed || [...sealers].every(sealer => own.has(sealer))
  return isTheirs && sealers.size === seals.length ? [...sealers] : undefined
}

/**
 * @param sealers as {@link sealersOf} gives them
 * @param trusted addresses of all validators, each once
 */
export function qbftQuorum(
  { validators }: QbftSeals,
  sealers: readonly string[],
  trusted: readonly string[],
): Quorum {
  const own = new Set(validators.map(addressText))
  return {
    signed: trusted.filter(address => sealers.includes(address)).length,
    needed: Math.ceil((2 * trusted.length) / 3),
    isSet: own.size === 0 || isSameSet(own, trusted),
  }
}

function isSameSet(own: ReadonlySet<string>, trusted: readonly string[]): boolean {
  return own.size === trusted.length && trusted.every(address => own.has(address))
}

/** @returns the address whose key made the seal; undefined when it is none. */
function addressOf(seal: Uint8Array, hash: Uint8Array): string | undefined {
  const recovery = seal[SEAL_BYTES - 1]
  if (seal.length !== SEAL_BYTES || recovery === undefined || recovery > 1) return undefined
  try {
    const signature = concat(Uint8Array.of(recovery), seal.subarray(0, SEAL_BYTES - 1))
    const compressed = secp256k1.recoverPublicKey(signature, hash, { prehash: false })
    const point = secp256k1.Point.fromBytes(compressed).toBytes(false)
    return addressText(keccak_256(point.subarray(1)).subarray(-ADDRESS_BYTES))
  } catch {
    return undefined
  }
}

function addressText(address: Uint8Array): string {
  return `0x${toHex(address)}`
}
