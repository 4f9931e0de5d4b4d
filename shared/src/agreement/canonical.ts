/**
 * The specified bytes of an agreement version, and their hash: docs/wire/agreement.md.
 * The hash names a version in postings, in the cloud log and, later, in a registry contract.
 */

import { utf8 } from '../bytes/bytes.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'
import type { AgreementTerms } from './terms.ts'

const DOMAIN = utf8('tillproof/agreement/v1\n')

/** Deterministic CBOR of the terms: the fields in the fixed order of the specification. */
export function agreementBytes(terms: AgreementTerms): Uint8Array {
  return encodeCbor([
    1,
    terms.agreementId,
    terms.version,
    terms.bookId,
    terms.currency,
    terms.validFromMs,
    terms.deviceIds,
    terms.parties.map(each => [each.organisationId, each.role, each.signer]),
    terms.channelFees.map(each => [each.channel, each.basisPoints]),
    terms.shares.map(each => [
      each.account,
      each.partyId,
      each.basisPoints,
      each.capMinor === null ? null : BigInt(each.capMinor),
    ]),
    [terms.remainder.account, terms.remainder.partyId],
  ])
}

/** 32 bytes that stand for this version of the agreement. */
export const agreementHash = (terms: AgreementTerms): Uint8Array =>
  sha256(DOMAIN, agreementBytes(terms))
