/**
 * The rule of an agreement's version as the cloud shows it: its hash is an `agreement` leaf of the
 * log, and every party has signed exactly these terms with the key that the terms name for it.
 */
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import type { SignedAgreement } from '@tillproof/shared/agreement/in-force.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { type Address, type Hex, hashTypedData, isHex, recoverAddress } from 'viem'
import type { FindingKind } from '../finding.ts'

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
    if (given === undefined || (await signerOf(digest, given.signature)) !== signer) {
      return faulty('unsigned-agreement', `${organisationId} has not signed its terms`)
    }
  }
  const effectiveFromMs = effectiveFrom === null ? Number.NaN : Date.parse(effectiveFrom)
  const latestMs = Math.max(terms.validFromMs, leaf.seenAtMs + LOGGED_WITHIN_MS)
  if (!(effectiveFromMs >= terms.validFromMs && effectiveFromMs <= latestMs)) {
    const detail = `it is said to speak from ${effectiveFrom}, and was logged before`
    return faulty('swapped-agreement', detail)
  }
  return { agreement: { terms, effectiveFromMs } }
}

/** What each party signs, as EIP-712 says. */
export function agreementDigest(terms: AgreementTerms, cloudName: string): Hex {
  return hashTypedData(agreementTypedData(terms, cloudName))
}

/** The signer's address in lower case; undefined for bytes that are no signature. */
async function signerOf(hash: Hex, signature: string): Promise<string | undefined> {
  if (!isHex(signature)) return undefined
  try {
    const address: Address = await recoverAddress({ hash, signature })
    return address.toLowerCase()
  } catch {
    return undefined
  }
}

const faulty = (kind: FindingKind, detail: string) => ({ fault: { kind, detail } })
