/**
 * The specified bytes of an agreement version, and their hash: docs/wire/agreement.md.
 * The hash names a version in signatures, in the cloud log and in the registry contract.
 */

import { utf8 } from '../bytes/bytes.ts'
import { type CborValue, encodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'
import type { AgreementTerms } from './terms.ts'

const DOMAIN = utf8('tillproof/agreement/v2\n')

/** Deterministic CBOR of the terms: the fields in the fixed order of the specification. */
export function agreementBytes(terms: AgreementTerms): Uint8Array {
  return encodeCbor([
    2,
    terms.agreementId,
    terms.version,
    terms.bookId,
    terms.currency,
    terms.validFromMs,
    terms.utcOffsetMinutes,
    terms.deviceIds,
    terms.parties.map(each => [each.organisationId, each.role, each.signer]),
    terms.accounts.map(each => [each.account, each.partyId]),
    terms.participations.map(each => [
      each.account,
      each.holders.map(held => [held.partyId, held.units]),
    ]),
    terms.terms.map(cborOf),
    terms.script,
  ])
}

/** 32 bytes that stand for this version of the agreement. */
export const agreementHash = (terms: AgreementTerms): Uint8Array =>
  sha256(DOMAIN, agreementBytes(terms))

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A term as it is in JSON: objects are maps with text keys, amounts stay texts. */
function cborOf(json: Json): CborValue {
  if (json === null || typeof json !== 'object') return json
  if (isList(json)) return json.map(cborOf)
  return new Map(Object.entries(json).map(([key, value]) => [key, cborOf(value)] as const))
}

const isList = (json: Json): json is readonly Json[] => Array.isArray(json)
