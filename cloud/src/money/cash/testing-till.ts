/** A machine with a cash box, an agreement over it, and the jobs that book its sales and counts. */
import { randomBytes, randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { BoxCount } from '@tillproof/shared/api/cash.ts'
import type { OpenItem } from '@tillproof/shared/api/open-items.ts'
import { expect } from 'vitest'
import type { Db } from '../../platform/db/db.ts'
import { testApp } from '../../platform/testing-http.ts'
import { checkBook } from '../ledger/check.ts'
import { clearJob } from '../ledger/job.ts'
import { agreementBench } from '../ledger/testing-agreements.ts'
import { bookWriters } from '../ledger/writers.ts'
import { openItemRoutes } from '../open-items/routes.ts'
import { addSale, makeWorld, sessionOf } from '../testing.ts'
import { boxCountJob } from './job.ts'
import { boxCountRoutes } from './routes.ts'

export const FACILITY = 'facility:00000000-0000-4000-8000-0000000000f1'
/** Now less so many minutes. */
export const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)

export type Till = Awaited<ReturnType<typeof openTill>>

/** Sweep 30 %, site 10 %, the operator the rest; cash costs no fee. */
export async function openTill(db: Db, how: { isAgreed?: boolean } = {}) {
  const world = await makeWorld(db)
  const operator = sessionOf(world, world.operator, 'operator')
  const routes = [...boxCountRoutes({ clock: Date.now }), ...openItemRoutes({ clock: Date.now })]
  const app = await testApp(db, routes)
  const bench = agreementBench(db, world)
  const writer = { db, writer: randomUUID(), leaseMs: 5_000, clock: Date.now, randomBytes }
  const writers = bookWriters(writer)
  const [device] = world.devices
  const split = fixedShares({
    channels: [{ channel: 'sandbox', basisPoints: 60 }],
    shares: [
      share('sweep', `${FACILITY}:repayment`, world.lender, 3000),
      share('site', partyShare(world.site), world.site, 1000),
    ],
    remainder: { account: partyShare(world.operator), partyId: world.operator },
  })
  const agree = () => bench.agreed(bench.terms(split))
  if (how.isAgreed ?? true) await agree()
  const names = new Map([
    [world.operator, 'operator'],
    [world.site, 'site'],
    [device, 'machine'],
    [FACILITY.slice('facility:'.length), 'loan'],
  ])
  let index = 0
  return {
    world,
    operator,
    writers,
    app,
    device,
    agree,
    /** A sale paid in cash. */
    sells: (amountMinor: bigint, at: Date) =>
      addSale(db, world.operator, { device, index: ++index, amountMinor, at, tender: 'cash' }),
    clears: () => clearJob({ db, writers }).run(world.operator),
    async counts(amountMinor: number, at: Date, collected = true): Promise<BoxCount> {
      const { status, body } = await app.ask(operator, 'POST', countsOf(device), {
        countedAt: at.toISOString(),
        amount: { amountMinor: String(amountMinor), currency: 'CNY' },
        collected,
        countedBy: 'Li Wei',
      })
      expect([status, body]).toMatchObject([201, {}])
      return body as BoxCount
    },
    /** Runs the job until nothing is left to look at; recent sales are looked at once more. */
    async looks(): Promise<BoxCount[]> {
      const job = boxCountJob({ db, writers })
      for (const id of await job.due()) await job.run(id)
      const { body } = await app.ask(operator, 'GET', countsOf(device))
      return (body as { items: BoxCount[] }).items
    },
    async openItems(state = 'open'): Promise<OpenItem[]> {
      const { body } = await app.ask(operator, 'GET', `/api/v1/open-items?state=${state}`)
      return (body as { items: OpenItem[] }).items
    },
    /** Credits less debits of the accounts that are not at zero, by readable names. */
    async balances(): Promise<Record<string, number>> {
      const { faults } = await checkBook(db, world.operator)
      expect(faults).toEqual([])
      const named = Object.entries(await bench.balances()).map(([path, minor]) => [
        path.replace(/(?<=:)[^:]+(?=:)/, id => names.get(id) ?? id),
        Number(minor),
      ])
      return Object.fromEntries(named.filter(([, minor]) => minor !== 0))
    },
    async close() {
      await writers.close()
      await app.close()
    },
  }
}

const countsOf = (device: string): string => `/api/v1/devices/${device}/box-counts`

const share = (name: string, account: string, partyId: string, basisPoints: number) => {
  return { name, account, partyId, basisPoints, capMinor: null }
}
