/**
 * Proposing and signing: a version is proposed whole by the operator, signed by each party from its
 * own session with its own key, and takes effect when the last one has signed. It never changes.
 */
import { isDeepStrictEqual } from 'node:util'
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import {
  type AgreementFault,
  type ChannelLimits,
  checkAgreement,
} from '@tillproof/shared/agreement/check.ts'
import type { BookAgreements } from '@tillproof/shared/agreement/in-force.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { isSignedBy } from './signature.ts'
import * as store from './store.ts'
import { signedTransfers } from './transfer-store.ts'

export type AgreementsDeps = {
  db: Db
  cloudName: string
  clock: () => number
  /** What payment companies let an agreement give away. */
  limits?: ChannelLimits
}

export type ProposalRefusal =
  | 'not-your-book'
  | 'version-taken'
  | 'version-out-of-order'
  | 'organisation-unknown'
  | 'device-unknown'
  | 'device-in-another-agreement'
  | 'loan-of-another'
  | 'leaves-party-out'
  | 'participation-changed'
export type Proposal =
  | { ok: true; agreement: Agreement }
  | { refused: ProposalRefusal }
  | { refused: 'does-not-hold'; faults: AgreementFault[] }

/** Keeps the terms as proposed by the operator's user; nothing takes effect yet. */
export async function propose(
  deps: AgreementsDeps,
  terms: AgreementTerms,
  by: { organisationId: string; userId: string },
): Promise<Proposal> {
  if (terms.bookId !== by.organisationId) return { refused: 'not-your-book' }
  const faults = checkAgreement(terms, deps.limits)
  if (faults.length > 0) return { refused: 'does-not-hold', faults }
  return deps.db.withTenant(by.organisationId, async tx => {
    const refused = await refuseProposal(tx, terms)
    if (refused !== undefined) return { refused }
    const hash = agreementHash(terms)
    const kept = await store.insertVersion(tx, { terms, hash, proposedBy: by.userId })
    const agreement = await store.findVersion(tx, terms.agreementId, terms.version)
    return kept && agreement !== undefined ? { ok: true, agreement } : { refused: 'version-taken' }
  })
}

export type SigningRefusal =
  | 'unknown'
  | 'not-a-party'
  | 'wrong-signature'
  | 'signed-already'
  | 'superseded'
  | 'leaves-party-out'
export type Signing = { ok: true; agreement: Agreement } | { refused: SigningRefusal }
export type Signer = { organisationId: string; userId: string }

/**
 * Takes a party's EIP-712 signature. The party is the session's organisation; the key is the one
 * the terms name for it, so signing the terms is also agreeing to that key.
 */
export async function sign(
  deps: AgreementsDeps,
  agreementId: string,
  version: number,
  signature: string,
  by: Signer,
): Promise<Signing> {
  const seen = await deps.db.withTenant(by.organisationId, tx =>
    store.findVersion(tx, agreementId, version),
  )
  if (seen === undefined) return { refused: 'unknown' }
  const party = seen.terms.parties.find(each => each.organisationId === by.organisationId)
  if (party === undefined) return { refused: 'not-a-party' }
  if (!seen.missing.includes(by.organisationId)) return { refused: 'signed-already' }
  const typed = agreementTypedData(seen.terms, deps.cloudName)
  if (!(await isSignedBy(typed, party.signer, signature))) {
    return { refused: 'wrong-signature' }
  }
  // As the system: the last signature makes the version of another organisation's book effective.
  return deps.db.withSystem(tx =>
    keepSignature(tx, deps, seen.terms, { ...by, signature, signer: party.signer }),
  )
}

/** The agreements of a book that can split sales, and who holds their participations. */
export const agreementsOf = async (tx: Tx, operatorId: string): Promise<BookAgreements> => ({
  signed: await store.signedVersions(tx, operatorId),
  transfers: await signedTransfers(tx, operatorId),
})

async function refuseProposal(tx: Tx, terms: AgreementTerms): Promise<ProposalRefusal | undefined> {
  const newest = await store.newestVersion(tx, terms.bookId, terms.agreementId)
  if (terms.version <= newest) return 'version-taken'
  if (terms.version !== newest + 1) return 'version-out-of-order'
  const [known] = await tx.query<{ organisations: bigint; devices: bigint; shared: bigint }>(
    `select (select count(*) from organisations where id = any ($1::uuid[])) as organisations,
            (select count(*) from devices
              where operator_id = $2 and id = any ($3::text[])) as devices,
            (select count(*) from agreements a
              where a.operator_id = $2 and a.agreement_id <> $4 and a.currency = $5
                and a.version >= (select coalesce(max(version), 1) from agreements n
                                   where n.operator_id = $2 and n.agreement_id = a.agreement_id
                                     and n.effective_from is not null)
                and a.terms -> 'deviceIds' ?| $3::text[]) as shared`,
    [
      terms.parties.map(party => party.organisationId),
      terms.bookId,
      terms.deviceIds,
      terms.agreementId,
      terms.currency,
    ],
  )
  if (known?.organisations !== BigInt(terms.parties.length)) return 'organisation-unknown'
  if (known.devices !== BigInt(terms.deviceIds.length)) return 'device-unknown'
  if (known.shared > 0n) return 'device-in-another-agreement'
  if (await store.repaysAnother(tx, terms)) return 'loan-of-another'
  const before = await store.newestSigned(tx, terms.bookId, terms.agreementId)
  if (before === undefined) return undefined
  if (leavesPartyOut(before, terms)) return 'leaves-party-out'
  return keepsRegisters(before, terms) ? undefined : 'participation-changed'
}

/** Units move by transfers alone: a register that was signed stays as it began. */
function keepsRegisters(before: AgreementTerms, after: AgreementTerms): boolean {
  return before.participations.every(register => {
    const again = after.participations.find(each => each.account === register.account)
    // As values: the database keeps the members of an object in an order of its own.
    return isDeepStrictEqual(again, register)
  })
}

/**
 * Whether somebody who has a share in the terms before is no party of those after. Nobody's share
 * ends without his signature: first a version in which he has none, signed by him as well.
 */
function leavesPartyOut(before: AgreementTerms, after: AgreementTerms): boolean {
  const parties = new Set(after.parties.map(party => party.organisationId))
  return before.accounts.some(each => !parties.has(each.partyId))
}

async function keepSignature(
  tx: Tx,
  deps: AgreementsDeps,
  terms: AgreementTerms,
  by: Signer & { signature: string; signer: string },
): Promise<Signing> {
  await store.lockVersions(tx, terms.agreementId)
  const newest = await store.newestSigned(tx, terms.bookId, terms.agreementId)
  if (newest !== undefined && newest.version > terms.version) return { refused: 'superseded' }
  if (newest !== undefined && leavesPartyOut(newest, terms)) return { refused: 'leaves-party-out' }
  const signedAt = new Date(deps.clock())
  const { organisationId, userId: signedBy, signer } = by
  const signature = by.signature.toLowerCase()
  await store.insertSignature(tx, { terms, organisationId, signature, signer, signedBy, signedAt })
  const after = await store.findVersion(tx, terms.agreementId, terms.version)
  if (after === undefined) return { refused: 'unknown' }
  if (after.missing.length !== 0 || after.effectiveFrom !== null) {
    return { ok: true, agreement: after }
  }
  const effectiveFrom = new Date(Math.max(terms.validFromMs, signedAt.getTime()))
  await store.setEffective(tx, terms, effectiveFrom)
  const ref = `${terms.agreementId}.${terms.version}`
  await stageLeaf(tx, { type: 'agreement', body: agreementHash(terms), ref })
  return { ok: true, agreement: { ...after, effectiveFrom: effectiveFrom.toISOString() } }
}
