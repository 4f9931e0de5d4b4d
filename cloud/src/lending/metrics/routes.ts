/** The portfolio over HTTP: the lender's first page, and the operator's own view of its loans. */
import { portfolio } from '@tillproof/shared/api/lending.ts'
import { defineRoute, type Route } from '../../platform/http/route.ts'
import { listLoans } from '../loans/store.ts'
import { currencyOf, portfolioOf } from './portfolio.ts'
import { listMachines, mainCurrency } from './store.ts'

/** Where neither a loan nor a sale says otherwise. */
const HOME_CURRENCY = 'CNY'

export function portfolioRoutes({ clock }: { clock: () => number }): Route[] {
  return [show(clock)]
}

function show(clock: () => number): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/portfolio',
    summary: 'Loans, machines and figures with their definitions',
    access: 'session',
    response: portfolio,
    async handle({ db, session }) {
      return db.withTenant(session.organisation.id, async tx => {
        const loans = await listLoans(tx)
        const currency = currencyOf(loans) ?? (await mainCurrency(tx)) ?? HOME_CURRENCY
        return portfolioOf(loans, await listMachines(tx, currency), currency, clock())
      })
    },
  })
}
