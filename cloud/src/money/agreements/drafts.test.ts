/** Drafts and transfers over HTTP: what is told, to whom, and what is refused. */
import { randomUUID } from 'node:crypto'
import { participation, partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { compose, feeStep } from '@tillproof/shared/agreement/template/compose.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { type Transfer, transferTypedData } from '@tillproof/shared/agreement/transfer.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { agreementBench, type Bench, CLOUD } from '../ledger/testing-agreements.ts'
import { makeWorld, sessionOf, type World } from '../testing.ts'
import { agreementRoutes } from './routes.ts'

let database: TestDatabase
let app: TestApp
let world: World
let bench: Bench
let operator: Session
let site: Session
beforeAll(async () => {
  database = await testDatabase()
  const deps = { db: database.db, cloudName: CLOUD, clock: Date.now }
  app = await testApp(database.db, agreementRoutes(deps))
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  bench = agreementBench(database.db, world)
  operator = sessionOf(world, world.operator, 'operator')
  site = sessionOf(world, world.site, 'site')
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const channels = [{ channel: 'sandbox', basisPoints: 60 }]
const rest = () => ({ account: partyShare(world.operator), partyId: world.operator })
const tenPercent = (): AgreementTerms =>
  bench.terms(
    fixedShares({
      channels,
      shares: [
        {
          name: 'site',
          account: partyShare(world.site),
          partyId: world.site,
          basisPoints: 1000,
          capMinor: null,
        },
      ],
      remainder: rest(),
    }),
  )

describe('a draft', () => {
  test('that holds has no faults, and one that does not has them all', async () => {
    const terms = tenPercent()
    const check = (draft: AgreementTerms) =>
      app.ask(operator, 'POST', '/api/v1/agreements/check', draft)
    expect(await check(terms)).toMatchObject({ status: 200, body: { faults: [] } })
    const script = terms.script.replace('    max $site to', '    max $rent to')
    const faulty = await check({ ...terms, script })
    expect(faulty.body).toMatchObject({ faults: [{ code: 'script-faulty' }] })
  })

  const days = (count: number) => ({
    from: new Date(Date.now() - count * 86_400_000).toISOString(),
    until: new Date().toISOString(),
  })
  const preview = (by: Session, terms: AgreementTerms, span = days(2)) =>
    app.ask(by, 'POST', '/api/v1/agreements/preview', { terms, ...span })

  test('is tried on sales of the past, to the cent, and books nothing', async () => {
    await bench.sold(350n, new Date(Date.now() - 3_600_000))
    await bench.sold(99n, new Date(Date.now() - 3_600_000))
    await bench.sold(500n, new Date(Date.now() - 3 * 86_400_000))
    await bench.matchAndClear()
    const told = await preview(operator, tenPercent())
    // 350: 2 + 35 + 313 · 99: 1 + 9 + 89
    expect(told.body).toMatchObject({
      sales: 2,
      isCut: false,
      grossMinor: '449',
      terms: [
        { term: 'payment_fee', paidMinor: '3' },
        { term: 'site', requestedMinor: '44', paidMinor: '44', shortfallMinor: '0' },
        { term: null, paidMinor: '402' },
      ],
      refused: [],
    })
    expect(Object.keys(await bench.balances())).not.toContain(partyShare(world.site))
  })
  test('shows nobody the sales of another', async () => {
    await bench.sold(350n, new Date(Date.now() - 3_600_000))
    await bench.matchAndClear()
    expect((await preview(site, tenPercent())).body).toMatchObject({ sales: 0, grossMinor: '0' })
  })
  test.each([0, 367])('is not tried on %i days', async count => {
    const told = await preview(operator, tenPercent(), days(count))
    expect(told).toMatchObject({ status: 400, body: { code: 'agreement.bad-span' } })
  })
})

test('a transfer is offered, signed by both sides, and seen by the parties', async () => {
  const pool = participation('chairs')
  const term = { kind: 'share' as const, name: 'pool', account: pool, basisPoints: 5000 }
  const terms = bench.terms(
    compose(
      [
        feeStep(channels),
        { term: { ...term, after: [], capMinor: null }, partyId: world.operator },
      ],
      rest(),
      [{ partyId: world.lender, units: 10 }],
    ),
  )
  await bench.agreed(terms)
  const signerOf = (id: string) => bench.keys[id]?.address.toLowerCase() ?? ''
  const transfer: Transfer = {
    transferId: randomUUID(),
    agreementId: terms.agreementId,
    account: pool,
    fromId: world.lender,
    toId: world.site,
    units: 4,
    validFromMs: 0,
    fromSigner: signerOf(world.lender),
    toSigner: signerOf(world.site),
  }
  const lender = sessionOf(world, world.lender, 'lender')
  expect((await app.ask(lender, 'POST', '/api/v1/transfers', transfer)).status).toBe(201)
  for (const by of [lender, site]) {
    const key = bench.keys[by.organisation.id]
    const signature = await key?.signTypedData(transferTypedData(transfer, CLOUD))
    const path = `/api/v1/transfers/${transfer.transferId}/signatures`
    expect((await app.ask(by, 'POST', path, { signature })).status).toBe(200)
  }
  const seen = await app.ask(operator, 'GET', `/api/v1/agreements/${terms.agreementId}/transfers`)
  expect(seen.body).toMatchObject({ items: [{ transfer, missing: [] }] })
  const changed = { ...terms, version: 2, participations: [] }
  const dropped = { ...changed, ...fixedShares({ channels, shares: [], remainder: rest() }) }
  const proposed = await app.ask(operator, 'POST', '/api/v1/agreements', dropped)
  expect(proposed.body).toMatchObject({ code: 'agreement.participation-changed' })
  const kept = await app.ask(operator, 'POST', '/api/v1/agreements', { ...terms, version: 2 })
  expect(kept).toMatchObject({ status: 201 })
})
