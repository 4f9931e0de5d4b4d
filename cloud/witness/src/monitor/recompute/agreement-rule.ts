/**
 * The rule of an agreement's version as the cloud shows it: its hash is an `agreement` leaf of the
 * log, and every party has signed exactly these terms with the key that the terms name for it.
 */
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import type { SignedAgreement } from '@tillproof/shared/agreement/in-force.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { type Hex, hashTypedData } from 'viem'
import type { FindingKind } from '../finding.ts'
import { isSignedBy } from './signature.ts'

/** An `agreement` leaf that was followed. */
export type AgreementLeaf = { leafIndex: number; seenAtMs: number }
export type AgreementRules = {
  cloudName: string
  leafOf(hash: Uint8Array): AgreementLeaf | undefined
}
export type AgreementFault = { kind: FindingKind; detail: string }
export type JudgedAgreement = { agreement: SignedAgreement } | { fault: AgreementFault }

/** How far the cloud's clock and the monitor's may be apart, and a leaf may wait. */
const LOGGED_WITHIN_MS = 600_000

export async function judgeAgreement(
  { cloudName, leafOf }: AgreementRules,
  { terms, signatures, effectiveFrom }: Agreement,
): Promise<JudgedAgreement> {
  const leaf = leafOf(agreementHash(terms))
  if (leaf === undefined) return faulty('unlogged-agreement', 'its terms are not in the log')
  const digest = agreementDigest(terms, cloudName)
  for (const { organisationId, signer } of terms.parties) {
    const given = signatures.find(each => each.organisationId === organisationId)
    if (given === undefined || !(await isSignedBy(digest, given.signature, signer))) {
      return faulty('unsigned-agreement', `${organisationId} has not signed its terms`)
    }
  }
  const effectiveFromMs = speaksFrom(terms.validFromMs, leaf, effectiveFrom)
  if (effectiveFromMs === undefined) {
    const detail = `it is said to speak from ${effectiveFrom}, and was logged before`
    return faulty('swapped-agreement', detail)
  }
  return { agreement: { terms, effectiveFromMs } }
}

/**
 * From when something signed counts, in Unix ms: the cloud's word, which cannot be earlier than it
 * is valid, nor later than its hash was seen in the log.
 */
export function speaksFrom(
  validFromMs: number,
  { seenAtMs }: AgreementLeaf,
  effectiveFrom: string | null,
): number | undefined {
  const fromMs = effectiveFrom === null ? Number.NaN : Date.parse(effectiveFrom)
  const latestMs = Math.max(validFromMs, seenAtMs + LOGGED_WITHIN_MS)
  return fromMs >= validFromMs && fromMs <= latestMs ? fromMs : undefined
}

/** What each party signs, as EIP-712 says. */
export function agreementDigest(terms: AgreementTerms, cloudName: string): Hex {
  return hashTypedData(agreementTypedData(terms, cloudName))
}

export const faulty = (kind: FindingKind, detail: string): { fault: AgreementFault } => ({
  fault: { kind, detail },
})
