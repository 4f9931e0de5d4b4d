/** Loans over HTTP: made by lenders, read by both sides. */
import { id, listOf } from '@tillproof/shared/api/fields.ts'
import { loan, newLoan } from '@tillproof/shared/api/lending.ts'
import { z } from 'zod'
import { defineRoute, problem, type Refused, type Route } from '../../platform/http/route.ts'
import { type LoanRefusal, makeLoan, readLoan, readLoans } from './loan.ts'

export type LoanDeps = { clock: () => number }

export function loanRoutes(deps: LoanDeps): Route[] {
  return [create(deps), list(deps), show(deps)]
}

function create({ clock }: LoanDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/loans',
    summary: 'Lend on machines, which are pledged for the loan',
    access: { roles: ['admin'], kinds: ['lender'] },
    body: newLoan,
    response: loan,
    status: 201,
    async handle({ db, session, body }) {
      const by = { organisationId: session.organisation.id, userId: session.userId }
      const made = await makeLoan(db, body, by, clock())
      return 'ok' in made ? made.loan : problemOf(made)
    },
  })
}

function list({ clock }: LoanDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/loans',
    summary: 'Loans given or taken',
    access: 'session',
    response: listOf(loan),
    async handle({ db, session }) {
      const items = await db.withTenant(session.organisation.id, tx => readLoans(tx, clock()))
      return { items, next: null }
    },
  })
}

function show({ clock }: LoanDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/loans/:id',
    summary: 'One loan with its pledges and its repayment against plan',
    access: 'session',
    params: z.object({ id }),
    response: loan,
    async handle({ db, session, params }) {
      const read = db.withTenant(session.organisation.id, tx => readLoan(tx, params.id, clock()))
      return (
        (await read) ?? problem(404, 'loan.unknown', 'There is no such loan.', 'Reload the list.')
      )
    },
  })
}

function problemOf(refusal: LoanRefusal): Refused {
  switch (refusal.refused) {
    case 'amount':
      return problem(
        400,
        'loan.amount',
        'Principal and daily plan must be more than nothing and not absurdly large.',
        'Give positive numbers of minor units, at most 10^15.',
      )
    case 'name-taken':
      return problem(
        409,
        'loan.name-taken',
        'You have a loan of this name.',
        'Choose another name, or open the loan that has it.',
      )
    case 'not-granted':
      return problem(
        403,
        'loan.not-granted',
        'The borrower does not let you see the money of all these machines.',
        'Ask the operator for a grant of scope "finance" on them.',
        { deviceIds: refusal.deviceIds },
      )
    case 'pledged-already':
      return problem(
        409,
        'pledge.taken',
        'A machine is pledged already; one machine secures one loan.',
        'Leave it out, or wait until its pledge is released.',
        { deviceIds: refusal.deviceIds },
      )
  }
}
