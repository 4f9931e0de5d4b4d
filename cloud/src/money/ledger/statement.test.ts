/** Statements over HTTP, added up by hand: of a book, and of a party that sees only its own. */
import { randomBytes, randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import type { Balance, Statement } from '@tillproof/shared/api/statements.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { addSale, makeWorld, sessionOf, type World } from '../testing.ts'
import type { PostingSource } from './draft-batch.ts'
import { statementRoutes } from './statement-routes.ts'
import { leg, sourceOf } from './testing-postings.ts'
import { pend } from './two-phase.ts'
import { bookWriters } from './writers.ts'

const noon = (day: number): string => `2025-03-0${day}T12:00:00.000Z`

let database: TestDatabase
let app: TestApp
let world: World
let operator: Session
let site: Session
let rent: string
let sale: string

/** Day 1: 3.50 sold; day 2: 1.50 sold, 0.20 of the rent held; day 3: 1.00 sold. Rent is 10 %. */
beforeAll(async () => {
  database = await testDatabase()
  world = await makeWorld(database.db)
  operator = sessionOf(world, world.operator, 'operator')
  site = sessionOf(world, world.site, 'site')
  app = await testApp(database.db, statementRoutes({ clock: () => Date.parse(noon(9)) }))
  rent = partyShare(world.site)
  const device = world.devices[0]
  sale = await addSale(database.db, world.operator, { device, index: 1, amountMinor: 350n })
  await book(noon(1), sold(`sale:${sale}`, 350n))
  await book(noon(2), sold('sale:second', 150n), heldBack('dispute', 20n))
  await book(noon(3), sold('sale:third', 100n))
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const sold = (id: string, minor: bigint): PostingSource =>
  ofSite(
    sourceOf(
      id,
      ...[leg('debit', 'psp:sandbox:receivable', minor), leg('credit', rent, minor / 10n)],
      leg('credit', partyShare(world.operator), minor - minor / 10n),
    ),
  )

const heldBack = (id: string, minor: bigint): PostingSource =>
  pend({
    id,
    deviceId: null,
    currency: 'CNY',
    atMs: Date.parse(noon(2)),
    untilMs: Date.parse(noon(9)),
    legs: [
      { side: 'debit', account: rent, amountMinor: minor },
      { side: 'credit', account: 'held:rent', amountMinor: minor },
    ],
  })

function ofSite(source: PostingSource): PostingSource {
  const draft: PostingSource['draft'] = state => {
    const drafted = source.draft(state)
    return 'legs' in drafted ? { ...drafted, partyOf: new Map([[rent, world.site]]) } : drafted
  }
  return { ...source, draft }
}

async function book(at: string, ...sources: PostingSource[]): Promise<void> {
  const clock = () => Date.parse(at)
  const writer = { writer: randomUUID(), leaseMs: 60_000, clock, randomBytes }
  const writers = bookWriters({ db: database.db, ...writer })
  expect(await writers.post(world.operator, sources)).toMatchObject({ ok: true })
  await writers.close()
}

async function statement(by: Session, query: Record<string, string>) {
  const asked = { book: world.operator, account: rent, currency: 'CNY', ...query }
  const search = new URLSearchParams({ from: noon(1), to: noon(9), ...asked })
  const answer = await app.ask(by, 'GET', `/api/v1/ledger/statement?${search}`)
  return { ...answer, body: answer.body as Statement }
}

const movements = ({ items }: Statement) =>
  items.map(each => [each.businessId, each.side, each.phase, each.amountMinor, each.balanceMinor])

test('the owner of the site sees its rent move, though nobody granted it anything', async () => {
  const { body } = await statement(site, { from: noon(2) })
  expect(body.opening).toMatchObject({ debitsPosted: '0', creditsPosted: '35' })
  expect(body.closing).toMatchObject({ creditsPosted: '60', debitsPending: '20' })
  expect(movements(body)).toEqual([
    ['sale:third', 'credit', 'posted', '10', '60'],
    ['pending:dispute', 'debit', 'pending', '20', '50'],
    ['sale:second', 'credit', 'posted', '15', '50'],
  ])
})

test('pages join without a gap, and each begins with its own balance', async () => {
  const first = await statement(site, { limit: '3' })
  const rest = await statement(site, { limit: '3', before: first.body.next ?? '' })
  expect(movements(first.body)).toHaveLength(3)
  expect(movements(rest.body)).toEqual([[`sale:${sale}`, 'credit', 'posted', '35', '35']])
  expect(rest.body.next).toBeNull()
})

test('the operator reaches the sale behind a movement, who may not see it not', async () => {
  const day = { from: noon(1), to: noon(2) }
  expect((await statement(operator, day)).body.items[0]?.saleId).toBe(sale)
  expect((await statement(site, day)).body.items[0]?.saleId).toBeNull()
})

test('what is not its own, a party does not see at all', async () => {
  for (const account of [partyShare(world.operator), 'psp:sandbox:receivable']) {
    expect((await statement(site, { account })).status).toBe(404)
  }
  const seen = await database.db.withTenant(world.site, tx =>
    tx.query<{ path: string }>('select distinct path from legs join accounts using (account_id)'),
  )
  expect(seen).toEqual([{ path: rent }])
  const stranger = sessionOf(world, world.lender, 'lender')
  expect((await statement(stranger, {})).status).toBe(404)
})

test.each([
  [noon(1), '0', '0'],
  [noon(2), '35', '0'],
  [noon(3), '50', '20'],
  [undefined, '60', '20'],
])('balances before %s', async (at, credits, held) => {
  const path = at === undefined ? '' : `?${new URLSearchParams({ at })}`
  const answer = await app.ask(site, 'GET', `/api/v1/ledger/balances${path}`)
  const { items } = answer.body as { items: Balance[] }
  expect(items).toMatchObject([
    { path: rent, partyId: world.site, creditsPosted: credits, debitsPending: held },
  ])
})

test.each([
  [{ from: noon(2), to: noon(2) }, 'period.invalid'],
  [{ before: 'x' }, 'page.cursor'],
])('%o is refused', async (query, code) => {
  expect((await statement(site, query)).body).toMatchObject({ code })
})
