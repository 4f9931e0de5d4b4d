/** Takings over HTTP: by grade for a statement, with the sums they are held against. */
import { deviceId } from '@tillproof/shared/api/fields.ts'
import { period, takings } from '@tillproof/shared/api/takings.ts'
import { z } from 'zod'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { byGrade, moneyBalances } from './takings.ts'
import { meterBalances, salesAlike, seesDevice, sharesOfSales } from './takings-store.ts'

/** A year and a month: a statement of a year with its late sales. */
const LONGEST_MS = 396 * 86_400_000

export function takingsRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/devices/:id/takings',
      summary: 'What a machine took in a period, by evidence grade',
      access: 'session',
      params: z.object({ id: deviceId }),
      query: period,
      response: takings,
      async handle({ db, session, params, query }) {
        const [from, to] = [new Date(query.from), new Date(query.to)]
        const lastsMs = to.getTime() - from.getTime()
        if (lastsMs <= 0 || lastsMs > LONGEST_MS) return badPeriod()
        const asked = { deviceId: params.id, from, to }
        return db.withTenant(session.organisation.id, async tx => {
          if (!(await seesDevice(tx, params.id))) return noDevice()
          const groups = await salesAlike(tx, asked)
          const meters = await meterBalances(tx, asked)
          return {
            deviceId: params.id,
            from: from.toISOString(),
            to: to.toISOString(),
            grades: byGrade(groups),
            meters,
            money: moneyBalances(groups),
            shares: (await sharesOfSales(tx, asked)).map(share => ({
              ...share,
              pendingMinor: String(share.pendingMinor),
              availableMinor: String(share.availableMinor),
            })),
          }
        })
      },
    }),
  ]
}

const noDevice = () =>
  problem(404, 'device.unknown', 'There is no such machine, or you may not see it.', 'Reload.')

const badPeriod = () =>
  problem(400, 'period.invalid', 'The period is empty or too long.', 'Ask for at most 396 days.')
