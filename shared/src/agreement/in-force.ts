/**
 * Which agreement speaks for a sale: the one in force at the sale's own time.
 * Of each agreement only the newest version that had taken effect counts, so a version that leaves
 * a machine out ends its cover. A version takes effect when it is valid and fully signed, whichever
 * is later: a signature given today cannot move yesterday's sales.
 */
import type { SignedTransfer } from './register.ts'
import type { AgreementTerms } from './terms.ts'

export type SignedAgreement = {
  terms: AgreementTerms
  /** The later of `validFromMs` and the last party's signature, milliseconds since 1970 UTC. */
  effectiveFromMs: number
}
/** All versions of a book that are fully signed, and the transfers of their participations. */
export type BookAgreements = {
  signed: readonly SignedAgreement[]
  transfers: readonly SignedTransfer[]
}
export type Cover = { deviceId: string; currency: string; atMs: number }
export type InForce =
  | { ok: true; agreement: SignedAgreement }
  | { refused: 'no-agreement' | 'several-agreements' }

/** The agreement for a sale of this device, in this currency, at this time. */
export function agreementInForce(signed: readonly SignedAgreement[], cover: Cover): InForce {
  const newest = new Map<string, SignedAgreement>()
  for (const each of signed) {
    const held = newest.get(each.terms.agreementId)
    const newer = held === undefined || each.terms.version > held.terms.version
    if (each.effectiveFromMs <= cover.atMs && newer) newest.set(each.terms.agreementId, each)
  }
  const covering = [...newest.values()].filter(each => covers(each.terms, cover))
  const [agreement, another] = covering
  if (agreement === undefined) return { refused: 'no-agreement' }
  return another === undefined ? { ok: true, agreement } : { refused: 'several-agreements' }
}

/**
 * For takings that wait in suspense: they are nobody's yet, so an agreement whose parties signed
 * that it is valid from before the sale may still speak for them.
 */
export const agreementAfterwards = (signed: readonly SignedAgreement[], cover: Cover): InForce =>
  agreementInForce(
    signed.map(each => ({ ...each, effectiveFromMs: each.terms.validFromMs })),
    cover,
  )

const covers = (terms: AgreementTerms, cover: Cover): boolean =>
  terms.currency === cover.currency && terms.deviceIds.includes(cover.deviceId)
