/**
 * The EIP-712 typed data that a party signs, so that a wallet shows the terms in words and a
 * contract can check the signature. docs/wire/agreement.md has the types and a worked example.
 */

import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { sha256 } from '../crypto/crypto.ts'
import type { AgreementTerms } from './terms.ts'

/** EIP-712 struct types; the order of the members is part of what is signed. */
export const AGREEMENT_TYPES = {
  Agreement: [
    { name: 'agreementId', type: 'string' },
    { name: 'version', type: 'uint32' },
    { name: 'bookId', type: 'string' },
    { name: 'currency', type: 'string' },
    { name: 'validFromMs', type: 'uint64' },
    { name: 'deviceIds', type: 'string[]' },
    { name: 'parties', type: 'Party[]' },
    { name: 'channelFees', type: 'ChannelFee[]' },
    { name: 'shares', type: 'Share[]' },
    { name: 'remainder', type: 'Remainder' },
  ],
  Party: [
    { name: 'organisationId', type: 'string' },
    { name: 'role', type: 'string' },
    { name: 'signer', type: 'address' },
  ],
  ChannelFee: [
    { name: 'channel', type: 'string' },
    { name: 'basisPoints', type: 'uint32' },
  ],
  Share: [
    { name: 'account', type: 'string' },
    { name: 'partyId', type: 'string' },
    { name: 'basisPoints', type: 'uint32' },
    { name: 'capMinor', type: 'uint256' },
  ],
  Remainder: [
    { name: 'account', type: 'string' },
    { name: 'partyId', type: 'string' },
  ],
} as const

type Hex = `0x${string}`

/**
 * Typed data of one agreement version under one cloud.
 * The salt binds a signature to the cloud it was given to; a share without a cap signs cap 0, which
 * the schema does not allow as a cap.
 */
export function agreementTypedData(terms: AgreementTerms, cloudName: string) {
  return {
    domain: agreementDomain(cloudName),
    types: AGREEMENT_TYPES,
    primaryType: 'Agreement' as const,
    message: {
      agreementId: terms.agreementId,
      version: terms.version,
      bookId: terms.bookId,
      currency: terms.currency,
      validFromMs: BigInt(terms.validFromMs),
      deviceIds: terms.deviceIds,
      parties: terms.parties.map(each => ({ ...each, signer: each.signer as Hex })),
      channelFees: terms.channelFees,
      shares: terms.shares.map(each => ({ ...each, capMinor: BigInt(each.capMinor ?? 0) })),
      remainder: terms.remainder,
    },
  }
}

const agreementDomain = (cloudName: string) => ({
  name: 'Tillproof Agreement',
  version: '1',
  salt: `0x${toHex(sha256(utf8(cloudName)))}` as Hex,
})
