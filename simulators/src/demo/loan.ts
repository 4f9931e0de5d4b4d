/** The lender's loan on the three machines, and the proof that a machine is pledged only once. */
import { listOf } from '@tillproof/shared/api/fields.ts'
import { type Loan, loan } from '@tillproof/shared/api/lending.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Actors } from './parties.ts'

export const sweepBasisPoints = 3000

/** The one loan of the demo: found again on a second start, else made. */
export async function lend(actors: Actors, deviceIds: string[]): Promise<Loan> {
  const { api } = actors.lender
  const loans = await api.get('/api/v1/loans?limit=200', listOf(loan.partial({ curve: true })))
  const [first] = loans.items
  if (first !== undefined) return await api.get(`/api/v1/loans/${first.id}`, loan)
  return await api.post(
    '/api/v1/loans',
    terms(actors, deviceIds, 'Three machines, first loan'),
    loan,
  )
}

/** Tries to pledge the first machine again; the refusal's words, or a fault if there was none. */
export async function secondPledge(actors: Actors, deviceId: string): Promise<string> {
  const body = terms(actors, [deviceId], 'Same machine once more')
  const answer = await actors.lender.api.attempt('POST', '/api/v1/loans', body)
  if (answer.status === 409 && answer.problem !== undefined) return answer.problem.title
  throw new TillproofError(
    'demo.pledged-twice',
    `a pledged machine was pledged again (HTTP ${answer.status})`,
    'this is a fault of the lending part: report it',
  )
}

function terms({ operator }: Actors, deviceIds: string[], name: string) {
  return {
    borrowerId: operator.id,
    name,
    principalMinor: '50000000',
    currency: 'CNY',
    sweepBasisPoints,
    // The demo's customers come in minutes, not hours: a plan that their sweep can be held against.
    plannedDailyMinor: '3000000',
    deviceIds,
  }
}
