/** SQL of agreement versions and their signatures. */

import type { SignedAgreement } from '@tillproof/shared/agreement/in-force.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import type { Tx } from '../../platform/db/db.ts'

export type NewVersion = { terms: AgreementTerms; hash: Uint8Array; proposedBy: string }

/** Keeps a proposed version; false when this id and version exist already. */
export async function insertVersion(tx: Tx, version: NewVersion): Promise<boolean> {
  const { terms, hash, proposedBy } = version
  const rows = await tx.query(
    `insert into agreements (operator_id, agreement_id, version, currency, terms, hash, party_ids,
       proposed_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning version`,
    [
      terms.bookId,
      terms.agreementId,
      terms.version,
      terms.currency,
      JSON.stringify(terms),
      hash,
      terms.parties.map(party => party.organisationId),
      proposedBy,
    ],
  )
  return rows.length === 1
}

/** The newest version of an agreement in this book; 0 when there is none. */
export async function newestVersion(
  tx: Tx,
  operatorId: string,
  agreementId: string,
): Promise<number> {
  const [row] = await tx.query<{ version: number | null }>(
    `select max(version) as version from agreements
      where operator_id = $1 and agreement_id = $2`,
    [operatorId, agreementId],
  )
  return row?.version ?? 0
}

/** Whether an account is said to repay a loan, but goes to somebody else. */
export async function repaysAnother(tx: Tx, terms: AgreementTerms): Promise<boolean> {
  const rows = await tx.query(
    `select from loans l join unnest($2::text[], $3::uuid[]) part (account, party_id)
         on part.account like 'facility:' || l.id || ':%'
      where l.operator_id = $1 and l.lender_id <> part.party_id limit 1`,
    [
      terms.bookId,
      terms.accounts.map(each => each.account),
      terms.accounts.map(each => each.partyId),
    ],
  )
  return rows.length > 0
}

type VersionRow = {
  agreementId: string
  version: number
  terms: AgreementTerms
  hash: Buffer
  proposedAt: Date
  effectiveFrom: Date | null
}
type SignatureRow = {
  agreementId: string
  version: number
  organisationId: string
  signer: string
  signature: string
  signedAt: Date
}

const VERSION = `
  select agreement_id as "agreementId", version, terms, hash, proposed_at as "proposedAt",
         effective_from as "effectiveFrom"
    from agreements`

/** Versions that this transaction may see, newest first. */
export async function listVersions(tx: Tx, limit: number): Promise<Agreement[]> {
  const rows = await tx.query<VersionRow>(
    `${VERSION} order by proposed_at desc, agreement_id, version desc limit $1`,
    [limit],
  )
  return withSignatures(tx, rows)
}

/** One version, if this transaction may see it. */
export async function findVersion(
  tx: Tx,
  agreementId: string,
  version: number,
): Promise<Agreement | undefined> {
  const rows = await tx.query<VersionRow>(`${VERSION} where agreement_id = $1 and version = $2`, [
    agreementId,
    version,
  ])
  const [found] = await withSignatures(tx, rows)
  return found
}

/** Locks all versions, so that two last signatures cannot pass each other. */
export async function lockVersions(tx: Tx, agreementId: string): Promise<void> {
  await tx.query('select from agreements where agreement_id = $1 order by version for update', [
    agreementId,
  ])
}

/** The terms of the newest version that all its parties have signed. */
export async function newestSigned(
  tx: Tx,
  operatorId: string,
  agreementId: string,
): Promise<AgreementTerms | undefined> {
  const [row] = await tx.query<{ terms: AgreementTerms }>(
    `select terms from agreements
      where operator_id = $1 and agreement_id = $2 and effective_from is not null
      order by version desc limit 1`,
    [operatorId, agreementId],
  )
  return row?.terms
}

/** The same for whoever asks, by the agreement's id alone; as the system. */
export async function newestSignedAnywhere(
  tx: Tx,
  agreementId: string,
): Promise<AgreementTerms | undefined> {
  const [row] = await tx.query<{ terms: AgreementTerms }>(
    `select terms from agreements where agreement_id = $1 and effective_from is not null
      order by version desc limit 1`,
    [agreementId],
  )
  return row?.terms
}

export type NewSignature = {
  terms: AgreementTerms
  organisationId: string
  signature: string
  signer: string
  signedBy: string
  signedAt: Date
}

export async function insertSignature(tx: Tx, signature: NewSignature): Promise<void> {
  const { terms } = signature
  await tx.query(
    `insert into agreement_signatures (operator_id, agreement_id, version, organisation_id,
       party_ids, signature, signer, signed_by, signed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [
      terms.bookId,
      terms.agreementId,
      terms.version,
      signature.organisationId,
      terms.parties.map(party => party.organisationId),
      signature.signature,
      signature.signer,
      signature.signedBy,
      signature.signedAt,
    ],
  )
}

export async function setEffective(tx: Tx, terms: AgreementTerms, from: Date): Promise<void> {
  await tx.query(
    `update agreements set effective_from = $3
      where agreement_id = $1 and version = $2 and effective_from is null`,
    [terms.agreementId, terms.version, from],
  )
}

/** All fully signed versions of a book. */
export async function signedVersions(tx: Tx, operatorId: string): Promise<SignedAgreement[]> {
  const rows = await tx.query<{ terms: AgreementTerms; effectiveFrom: Date }>(
    `select terms, effective_from as "effectiveFrom" from agreements
      where operator_id = $1 and effective_from is not null`,
    [operatorId],
  )
  return rows.map(({ terms, effectiveFrom }) => ({
    terms,
    effectiveFromMs: effectiveFrom.getTime(),
  }))
}

async function withSignatures(tx: Tx, rows: readonly VersionRow[]): Promise<Agreement[]> {
  const signatures = await tx.query<SignatureRow>(
    `select agreement_id as "agreementId", version, organisation_id as "organisationId", signer,
            signature, signed_at as "signedAt"
       from agreement_signatures where agreement_id = any ($1::uuid[]) order by signed_at`,
    [rows.map(row => row.agreementId)],
  )
  return rows.map(row =>
    toAgreement(
      row,
      signatures.filter(
        each => each.agreementId === row.agreementId && each.version === row.version,
      ),
    ),
  )
}

function toAgreement(row: VersionRow, signatures: readonly SignatureRow[]): Agreement {
  const signed = new Set(signatures.map(each => each.organisationId))
  return {
    id: row.agreementId,
    version: row.version,
    terms: row.terms,
    hash: toHex(row.hash),
    proposedAt: row.proposedAt.toISOString(),
    signatures: signatures.map(({ organisationId, signer, signature, signedAt }) => ({
      organisationId,
      signer,
      signature,
      signedAt: signedAt.toISOString(),
    })),
    missing: row.terms.parties
      .map(party => party.organisationId)
      .filter(organisationId => !signed.has(organisationId)),
    effectiveFrom: row.effectiveFrom?.toISOString() ?? null,
  }
}
