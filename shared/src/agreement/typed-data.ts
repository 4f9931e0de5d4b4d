/**
 * The EIP-712 typed data that a party signs: the script that it can read in its wallet, everybody's
 * keys, and the hash of the whole terms. New kinds of terms change neither this form nor the
 * registry contract. docs/wire/agreement.md has the types and a worked example.
 */

import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { sha256 } from '../crypto/crypto.ts'
import { agreementHash } from './canonical.ts'
import type { AgreementTerms } from './terms.ts'

/** EIP-712 struct types; the order of the members is part of what is signed. */
export const AGREEMENT_TYPES = {
  Agreement: [
    { name: 'agreementId', type: 'string' },
    { name: 'version', type: 'uint32' },
    { name: 'parties', type: 'Party[]' },
    { name: 'script', type: 'string' },
    { name: 'termsHash', type: 'bytes32' },
  ],
  Party: [
    { name: 'organisationId', type: 'string' },
    { name: 'role', type: 'string' },
    { name: 'signer', type: 'address' },
  ],
} as const

type Hex = `0x${string}`

/**
 * Typed data of one agreement version under one cloud. The salt binds a signature to the cloud it
 * was given to.
 */
export function agreementTypedData(terms: AgreementTerms, cloudName: string) {
  return {
    domain: agreementDomain(cloudName),
    types: AGREEMENT_TYPES,
    primaryType: 'Agreement' as const,
    message: {
      agreementId: terms.agreementId,
      version: terms.version,
      parties: terms.parties.map(each => ({ ...each, signer: each.signer as Hex })),
      script: terms.script,
      termsHash: `0x${toHex(agreementHash(terms))}` as Hex,
    },
  }
}

/** Shared by what is signed about an agreement: its versions, and transfers of participations. */
export const agreementDomain = (cloudName: string) => ({
  name: 'Tillproof Agreement',
  version: '2',
  salt: `0x${toHex(sha256(utf8(cloudName)))}` as Hex,
})
