/** Drafts over HTTP: what is wrong with terms, and what they would have paid. Nothing is kept. */
import { checkAgreement } from '@tillproof/shared/agreement/check.ts'
import { previewAgreement } from '@tillproof/shared/agreement/preview.ts'
import {
  agreementCheck,
  agreementPreview,
  newAgreement,
  newPreview,
} from '@tillproof/shared/api/agreements.ts'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { clearableOf } from '../ledger/plan.ts'
import type { AgreementsDeps } from './agreement.ts'
import { MOST_PREVIEWED, pastSales } from './past-sales.ts'

const MOST_DAYS_MS = 366 * 86_400_000

export function draftRoutes(deps: AgreementsDeps): Route[] {
  return [check(deps), preview()]
}

function check({ limits }: AgreementsDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/agreements/check',
    summary: 'Say what is wrong with a draft of an agreement',
    access: 'session',
    body: newAgreement,
    response: agreementCheck,
    limitPerMinute: 60,
    async handle({ body }) {
      return { faults: checkAgreement(body, limits) }
    },
  })
}

function preview(): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/agreements/preview',
    summary: 'Say what terms would have paid each party for sales of the past',
    access: 'session',
    body: newPreview,
    response: agreementPreview,
    limitPerMinute: 20,
    async handle({ db, session, body }) {
      const [from, until] = [new Date(body.from), new Date(body.until)]
      const spanMs = until.getTime() - from.getTime()
      if (spanMs <= 0 || spanMs > MOST_DAYS_MS) return BAD_SPAN
      const found = await db.withTenant(session.organisation.id, tx =>
        pastSales(tx, body.terms, from, until),
      )
      const sales = found.slice(0, MOST_PREVIEWED)
      // As if it had been valid then: what is asked is what it would have paid.
      const terms = { ...body.terms, validFromMs: 0 }
      const told = previewAgreement(terms, sales.map(clearableOf))
      return {
        ...told,
        isCut: found.length > sales.length,
        grossMinor: String(told.grossMinor),
        terms: told.terms.map(each => ({
          ...each,
          requestedMinor: String(each.requestedMinor),
          paidMinor: String(each.paidMinor),
          shortfallMinor: String(each.shortfallMinor),
        })),
        accounts: told.accounts.map(each => ({ ...each, amountMinor: String(each.amountMinor) })),
      }
    },
  })
}

const BAD_SPAN = problem(
  400,
  'agreement.bad-span',
  'The time to look at is empty or longer than 366 days.',
  'Give a beginning, and an end after it within a year.',
)
