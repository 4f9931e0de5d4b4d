/** Takings by period over HTTP, of one machine or of all: by grade, and shared among whom. */
import {
  type TakingsAsked,
  takingsAsked,
  takingsByPeriod,
} from '@tillproof/shared/api/takings-by-period.ts'
import type { Tx } from '../../platform/db/db.ts'
import { defineRoute, problem, type Route } from '../../platform/http/route.ts'
import { type PeriodSales, salesByPeriod, sharesOf } from './periods-store.ts'
import { byGrade } from './takings.ts'
import { seesDevice } from './takings-store.ts'

/** A statement of a year by month, of a quarter by day. */
const LONGEST_MS = 396 * 86_400_000

export function periodsRoutes(): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/takings',
      summary: 'What machines took by period and evidence grade, and the shares of it',
      access: 'session',
      limitPerMinute: 120,
      query: takingsAsked,
      response: takingsByPeriod,
      async handle({ db, session, query }) {
        const [from, to] = [new Date(query.from), new Date(query.to)]
        const lastsMs = to.getTime() - from.getTime()
        if (lastsMs <= 0 || lastsMs > LONGEST_MS) return badPeriod()
        if (!isZone(query.zone)) return badZone()
        return db.withTenant(session.organisation.id, async tx => {
          const { deviceId = null } = query
          if (deviceId !== null && !(await seesDevice(tx, deviceId))) return noDevice()
          return takingsOf(tx, query)
        })
      },
    }),
  ]
}

async function takingsOf(tx: Tx, { step, zone, ...query }: TakingsAsked) {
  const [from, to] = [new Date(query.from), new Date(query.to)]
  const asked = { deviceId: query.deviceId ?? null, from, to, step, zone }
  const sales = await salesByPeriod(tx, asked)
  const shares = await sharesOf(tx, asked)
  return {
    ...asked,
    from: from.toISOString(),
    to: to.toISOString(),
    periods: periodsOf(sales),
    shares: shares.map(({ postedMinor, pendingMinor, ...share }) => ({
      ...share,
      postedMinor: String(postedMinor),
      pendingMinor: String(pendingMinor),
    })),
  }
}

function periodsOf(sales: readonly PeriodSales[]) {
  const byTime = Map.groupBy(sales, ({ at }) => at.getTime())
  return [...byTime].map(([at, alike]) => {
    return { at: new Date(at).toISOString(), grades: byGrade(alike) }
  })
}

/** Node and PostgreSQL both know the zones of the IANA database. */
function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return !/^[+-]/.test(name)
  } catch {
    return false
  }
}

const noDevice = () =>
  problem(404, 'device.unknown', 'There is no such machine, or you may not see it.', 'Reload.')

const badPeriod = () =>
  problem(400, 'period.invalid', 'The period is empty or too long.', 'Ask for at most 396 days.')

const badZone = () =>
  problem(400, 'period.zone', 'There is no such time zone.', 'Name one as Asia/Shanghai.')
