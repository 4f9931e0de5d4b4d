/**
 * The document by which units of a participation change hands, signed by both sides: specified
 * bytes, their hash, and the EIP-712 typed data. docs/wire/agreement.md.
 */
import { utf8 } from '../bytes/bytes.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'
import { type Transfer, transfer } from './transfer-terms.ts'
import { agreementDomain } from './typed-data.ts'

export { type Transfer, transfer }

const DOMAIN = utf8('tillproof/transfer/v1\n')

/** 32 bytes that stand for the transfer; the whole body of its `transfer` leaf. */
export const transferHash = (each: Transfer): Uint8Array =>
  sha256(
    DOMAIN,
    encodeCbor([
      1,
      each.transferId,
      each.agreementId,
      each.account,
      each.fromId,
      each.toId,
      each.units,
      each.validFromMs,
      each.fromSigner,
      each.toSigner,
    ]),
  )

/** EIP-712 struct types; the order of the members is part of what is signed. */
export const TRANSFER_TYPES = {
  Transfer: [
    { name: 'transferId', type: 'string' },
    { name: 'agreementId', type: 'string' },
    { name: 'account', type: 'string' },
    { name: 'fromId', type: 'string' },
    { name: 'toId', type: 'string' },
    { name: 'units', type: 'uint64' },
    { name: 'validFromMs', type: 'uint64' },
    { name: 'fromSigner', type: 'address' },
    { name: 'toSigner', type: 'address' },
  ],
} as const

export function transferTypedData(each: Transfer, cloudName: string) {
  return {
    domain: agreementDomain(cloudName),
    types: TRANSFER_TYPES,
    primaryType: 'Transfer' as const,
    message: {
      ...each,
      units: BigInt(each.units),
      validFromMs: BigInt(each.validFromMs),
      fromSigner: each.fromSigner as `0x${string}`,
      toSigner: each.toSigner as `0x${string}`,
    },
  }
}
