/**
 * The agreements by which the demo's sales are split: one for each machine, each by the template
 * for its trade. Every party signs in its own session with its own key; an agreement speaks from
 * the last signature on.
 */
import { randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import type { Split } from '@tillproof/shared/agreement/template/compose.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { AgreementTerms, PartyRole } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { type Agreement, agreement } from '@tillproof/shared/api/agreements.ts'
import { listOf } from '@tillproof/shared/api/fields.ts'
import type { Loan } from '@tillproof/shared/api/lending.ts'
import { session } from '@tillproof/shared/api/people.ts'
import { type Devices, machineNames } from './machines.ts'
import type { Actor, Actors } from './parties.ts'
import { channels, plans } from './splits.ts'

/** China: where the demo's days and months begin. */
const utcOffsetMinutes = 480

/** The signed agreements over the machines: found again on a second start, else made. */
export async function agree(actors: Actors, devices: Devices, loan: Loan): Promise<void> {
  for (const name of machineNames) {
    const { cast, split } = plans[name]
    const signers = Object.entries(cast).map(([who, role]) => {
      return { actor: actors[who as keyof Actors], role }
    })
    const terms = termsOf(actors.operator, [devices[name]], signers, split(actors, loan))
    const others = signers.map(({ actor }) => actor).filter(({ id }) => id !== actors.operator.id)
    await propose(terms, actors.operator, others)
  }
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
  const split = fixedShares({
    channels,
    shares: [],
    remainder: { account: partyShare(operator.id), partyId: operator.id },
  })
  const own = [{ actor: operator, role: 'operator' as const }]
  await propose(termsOf(operator, uncovered, own, split), operator, [])
}

function termsOf(
  operator: Actor,
  deviceIds: string[],
  signers: { actor: Actor; role: PartyRole }[],
  split: Split,
): AgreementTerms {
  return {
    agreementId: randomUUID(),
    version: 1,
    bookId: operator.id,
    currency: 'CNY',
    validFromMs: Date.now(),
    utcOffsetMinutes,
    deviceIds: deviceIds.toSorted((a, b) => (a < b ? -1 : 1)),
    parties: signers.map(({ actor, role }) => ({
      organisationId: actor.id,
      role,
      signer: signerOf(actor),
    })),
    ...split,
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
