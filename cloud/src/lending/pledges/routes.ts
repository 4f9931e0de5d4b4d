/** Pledges over HTTP: a lender lets one go. They are made with their loan, and read with it. */
import { id } from '@tillproof/shared/api/fields.ts'
import { loan } from '@tillproof/shared/api/lending.ts'
import { z } from 'zod'
import { defineRoute, problem, type Refused, type Route } from '../../platform/http/route.ts'
import { readLoan } from '../loans/loan.ts'
import { releasePledge } from './pledge.ts'

export function pledgeRoutes({ clock }: { clock: () => number }): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/pledges/:id/release',
      summary: 'Let go of a pledged machine, because the loan is repaid or all the same',
      access: { roles: ['admin'], kinds: ['lender'] },
      params: z.object({ id }),
      response: loan,
      async handle({ db, session, params }) {
        const lenderId = session.organisation.id
        const loanId = await db.withSystem(tx => releasePledge(tx, params.id, lenderId, clock()))
        if (loanId === undefined) return noPledge()
        return (await db.withTenant(lenderId, tx => readLoan(tx, loanId, clock()))) ?? noPledge()
      },
    }),
  ]
}

const noPledge = (): Refused =>
  problem(
    404,
    'pledge.unknown',
    'You have no live pledge of this number.',
    'Reload the loan; it may have been released already.',
  )
