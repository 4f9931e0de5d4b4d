/**
 * The agreement by which the demo's sales are split: the payment company's fee, the lender's sweep,
 * the site's rent, the rest to the operator. Every party signs it in its own session with its own
 * key; it speaks from the last signature on.
 */
import { randomUUID } from 'node:crypto'
import { facilityRepayment, partyShare } from '@tillproof/shared/agreement/account-path.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { type Agreement, agreement } from '@tillproof/shared/api/agreements.ts'
import { listOf } from '@tillproof/shared/api/fields.ts'
import type { Loan } from '@tillproof/shared/api/lending.ts'
import { session } from '@tillproof/shared/api/people.ts'
import type { Actor, Actors } from './parties.ts'

const siteBasisPoints = 1500
const channelFees = [{ channel: 'sandbox', basisPoints: 60 }]

/** The signed agreement over these machines: found again on a second start, else made. */
export async function agree(actors: Actors, deviceIds: string[], loan: Loan): Promise<Agreement> {
  const { operator, lender, site } = actors
  const terms: AgreementTerms = {
    ...header(operator, deviceIds),
    parties: [
      { organisationId: operator.id, role: 'operator', signer: signerOf(operator) },
      { organisationId: lender.id, role: 'lender', signer: signerOf(lender) },
      { organisationId: site.id, role: 'site', signer: signerOf(site) },
    ],
    shares: [
      {
        account: facilityRepayment(loan.id),
        partyId: lender.id,
        basisPoints: loan.sweepBasisPoints,
        capMinor: loan.principal.amountMinor,
      },
      {
        account: partyShare(site.id),
        partyId: site.id,
        basisPoints: siteBasisPoints,
        capMinor: null,
      },
    ],
  }
  return await propose(terms, operator, [lender, site])
}

/**
 * Puts machines without a loan under an agreement in which all but the fee is the operator's.
 * Machines that an agreement covers already are left to it.
 */
export async function agreeAlone(operator: Actor, deviceIds: string[]): Promise<void> {
  const known = await agreementsOf(operator)
  const covered = new Set(known.flatMap(({ terms }) => terms.deviceIds))
  const uncovered = deviceIds.filter(deviceId => !covered.has(deviceId))
  if (uncovered.length === 0) return
  const parties = [
    { organisationId: operator.id, role: 'operator' as const, signer: signerOf(operator) },
  ]
  await propose({ ...header(operator, uncovered), parties, shares: [] }, operator, [])
}

function header(operator: Actor, deviceIds: string[]) {
  return {
    agreementId: randomUUID(),
    version: 1,
    bookId: operator.id,
    currency: 'CNY',
    validFromMs: Date.now(),
    deviceIds: deviceIds.toSorted((a, b) => (a < b ? -1 : 1)),
    channelFees,
    remainder: { account: partyShare(operator.id), partyId: operator.id },
  }
}

async function propose(
  terms: AgreementTerms,
  proposer: Actor,
  others: Actor[],
): Promise<Agreement> {
  const known = await agreementsOf(proposer)
  const same = known.find(each => isSame(each.terms.deviceIds, terms.deviceIds))
  const proposal = same ?? (await proposer.api.post('/api/v1/agreements', terms, agreement))
  let signed = proposal
  for (const party of [proposer, ...others]) {
    if (signed.missing.includes(party.id)) signed = await sign(party, proposal)
  }
  return signed
}

async function agreementsOf({ api }: Actor): Promise<Agreement[]> {
  return (await api.get('/api/v1/agreements?limit=200', listOf(agreement))).items
}

async function sign(party: Actor, { id, version, terms }: Agreement): Promise<Agreement> {
  const { cloudName } = await party.api.get('/api/v1/session', session)
  const signature = await party.wallet.signTypedData(agreementTypedData(terms, cloudName))
  return await party.api.post(
    `/api/v1/agreements/${id}/signatures`,
    { version, signature },
    agreement,
  )
}

const signerOf = ({ wallet }: Actor): string => wallet.address.toLowerCase()

const isSame = (some: string[], others: string[]): boolean => some.join() === others.join()
