/** Letting go of a pledge: who may, what is left of it, and that the machine is free again. */
import { randomUUID } from 'node:crypto'
import type { Loan } from '@tillproof/shared/api/lending.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { grant, makeWorld, sessionOf, type World } from '../../money/testing.ts'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { loanRoutes } from '../loans/routes.ts'
import { releaseLeaf } from './pledge.ts'
import { pledgeRoutes } from './routes.ts'

let database: TestDatabase
let app: TestApp
let world: World
let lender: Session

beforeAll(async () => {
  database = await testDatabase()
  const clock = Date.now
  app = await testApp(database.db, [...loanRoutes({ clock }), ...pledgeRoutes({ clock })])
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  lender = sessionOf(world, world.lender, 'lender')
  await grant(database.db, world, world.lender, 'finance')
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const lend = (deviceId: string) =>
  app.ask(lender, 'POST', '/api/v1/loans', {
    borrowerId: world.operator,
    name: `Loan ${randomUUID()}`,
    principalMinor: '100000',
    currency: 'CNY',
    sweepBasisPoints: 3000,
    plannedDailyMinor: '10000',
    deviceIds: [deviceId],
  })
const release = (session: Session, id: string) =>
  app.ask(session, 'POST', `/api/v1/pledges/${id}/release`)

test('a released machine can be pledged again; the old pledge stays with its end', async () => {
  const [deviceId] = world.devices
  const loan = (await lend(deviceId)).body as Loan
  const [pledge] = loan.pledges
  expect((await lend(deviceId)).status).toBe(409)
  const answer = await release(lender, pledge?.id ?? '')
  expect(answer.status).toBe(200)
  const left = (answer.body as Loan).pledges
  expect(left).toEqual([{ ...pledge, releasedAt: expect.stringMatching(/^20\d\d-.*Z$/) }])
  expect((await lend(deviceId)).status).toBe(201)
  const leaves = await database.db.withSystem(tx =>
    tx.query(
      'select type, octet_length(body) as length from log_staged where ref = $1 order by id',
      [pledge?.id],
    ),
  )
  expect(leaves).toEqual([
    { type: 'pledge', length: 32 },
    { type: 'pledge-release', length: 32 },
  ])
})

test('only its lender’s administrator lets it go, and once', async () => {
  const loan = (await lend(world.devices[0])).body as Loan
  const id = loan.pledges[0]?.id ?? ''
  const operator = sessionOf(world, world.operator, 'operator')
  expect((await release(operator, id)).status).toBe(403)
  expect((await release({ ...lender, role: 'viewer' }, id)).status).toBe(403)
  const rival = sessionOf(world, world.site, 'lender')
  expect((await release(rival, id)).status).toBe(404)
  expect((await release(lender, id)).status).toBe(200)
  expect(await release(lender, id)).toMatchObject({ status: 404, body: { code: 'pledge.unknown' } })
})

test('the leaf of a release is the hash that docs/wire/posting-batch.md says', () => {
  const id = '00000000-0000-4000-8000-000000000001'
  const releasedAt = new Date(1_700_000_000_000)
  const leaf = releaseLeaf({ id, loanId: id, salt: new Uint8Array(16).fill(1), releasedAt })
  // Computed with Python's hashlib.
  expect(toHex(leaf)).toBe('c4561f92019cec2a22b71aadc393aec946159e2d82edfae37e07ec1454bd7dc7')
})
