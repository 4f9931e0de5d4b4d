/** Agreements over HTTP: who proposes, who signs with which key, and that nothing ever changes. */
import { randomUUID } from 'node:crypto'
import { facilityRepayment, partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import { type FixedShares, fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { chairAgreement } from '@tillproof/shared/agreement/testing.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import type { Agreement } from '@tillproof/shared/api/agreements.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { hashTypedData } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { grant, makeWorld, sessionOf, type World } from '../testing.ts'
import { propose as proposeTo } from './agreement.ts'
import { agreementRoutes } from './routes.ts'

const CLOUD = 'test.tillproof.local'
const NOW = 1_800_000_000_000
let database: TestDatabase
let app: TestApp
let world: World
let operator: Session
let lender: Session
const operatorKey = privateKeyToAccount(generatePrivateKey())
const lenderKey = privateKeyToAccount(generatePrivateKey())
beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database.db, agreementRoutes(deps()))
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  operator = sessionOf(world, world.operator, 'operator')
  lender = sessionOf(world, world.lender, 'lender')
})
const deps = () => ({ db: database.db, cloudName: CLOUD, clock: () => NOW })
afterAll(async () => {
  await app.close()
  await database.drop()
})

type Sharing = Partial<AgreementTerms> & { shares?: FixedShares['shares'] }
const termsOf = ({ shares, ...change }: Sharing = {}): AgreementTerms => ({
  agreementId: randomUUID(),
  version: 1,
  bookId: world.operator,
  currency: 'CNY',
  utcOffsetMinutes: 480,
  validFromMs: NOW - 5_000,
  deviceIds: [world.devices[0]],
  parties: [
    {
      organisationId: world.operator,
      role: 'operator',
      signer: operatorKey.address.toLowerCase(),
    },
    { organisationId: world.lender, role: 'lender', signer: lenderKey.address.toLowerCase() },
  ],
  ...fixedShares({
    channels: [{ channel: 'sandbox', basisPoints: 60 }],
    shares: shares ?? [shareOf(partyShare(world.lender), world.lender)],
    remainder: { account: partyShare(world.operator), partyId: world.operator },
  }),
  ...change,
})
const shareOf = (account: string, partyId: string) => ({
  name: 'share',
  account,
  partyId,
  basisPoints: 3000,
  capMinor: null,
})
const propose = (terms: AgreementTerms, by: Session = operator) =>
  app.ask(by, 'POST', '/api/v1/agreements', terms)
async function sign(
  terms: AgreementTerms,
  by: Session,
  key: PrivateKeyAccount,
  typed = agreementTypedData(terms, CLOUD),
) {
  const signature = await key.signTypedData(typed)
  const path = `/api/v1/agreements/${terms.agreementId}/signatures`
  return app.ask(by, 'POST', path, { version: terms.version, signature })
}
const listed = async (by: Session): Promise<Agreement[]> =>
  ((await app.ask(by, 'GET', '/api/v1/agreements')).body as { items: Agreement[] }).items

test('the typed data has the EIP-712 digest of docs/wire/agreement.md', () => {
  expect(hashTypedData(agreementTypedData(chairAgreement, 'demo.tillproof.local'))).toBe(
    '0x3d6fb5ae964a3f7099f7130065ece34f7de596ae9cce154c9b4e32d85fac310c',
  )
})

describe('signing', () => {
  test('the last party’s signature makes it effective, and logs its hash', async () => {
    const terms = termsOf()
    expect(await propose(terms)).toMatchObject({
      status: 201,
      body: { effectiveFrom: null, missing: [world.operator, world.lender] },
    })
    expect(await sign(terms, lender, lenderKey)).toMatchObject({
      status: 200,
      body: { effectiveFrom: null, missing: [world.operator] },
    })
    expect(await sign(terms, operator, operatorKey)).toMatchObject({
      status: 200,
      body: {
        effectiveFrom: new Date(NOW).toISOString(),
        missing: [],
        hash: toHex(agreementHash(terms)),
      },
    })
    const leaves = await database.db.withSystem(tx =>
      tx.query('select body from log_staged where type = $1 and ref = $2', [
        'agreement',
        `${terms.agreementId}.1`,
      ]),
    )
    expect(leaves).toEqual([{ body: Buffer.from(agreementHash(terms)) }])
  })

  test('valid from later takes effect later, never earlier than signed', async () => {
    const terms = termsOf({ validFromMs: NOW + 9_000 })
    await propose(terms)
    await sign(terms, lender, lenderKey)
    const last = await sign(terms, operator, operatorKey)
    expect(last.body).toMatchObject({ effectiveFrom: new Date(NOW + 9_000).toISOString() })
  })

  test('with another key, for other terms or another cloud is refused', async () => {
    const terms = termsOf()
    await propose(terms)
    const refused = { status: 400, body: { code: 'agreement.wrong-signature' } }
    expect(await sign(terms, lender, operatorKey)).toMatchObject(refused)
    const other = agreementTypedData({ ...terms, validFromMs: 0 }, CLOUD)
    expect(await sign(terms, lender, lenderKey, other)).toMatchObject(refused)
    const elsewhere = agreementTypedData(terms, 'other.tillproof.local')
    expect(await sign(terms, lender, lenderKey, elsewhere)).toMatchObject(refused)
  })

  test('bytes that are no signature are refused', async () => {
    const terms = termsOf()
    await propose(terms)
    const path = `/api/v1/agreements/${terms.agreementId}/signatures`
    const zeros = { version: 1, signature: `0x${'00'.repeat(65)}` }
    expect((await app.ask(lender, 'POST', path, zeros)).status).toBe(400)
  })

  test('for a party one is not is refused, with whatever key', async () => {
    const terms = termsOf()
    await propose(terms)
    const stranger = sessionOf(world, world.site, 'site')
    expect((await sign(terms, stranger, lenderKey)).status).toBe(404)
    await grant(database.db, world, world.site, 'finance')
    expect((await sign(terms, stranger, lenderKey)).status).toBe(404)
  })

  test('twice is once', async () => {
    const terms = termsOf()
    await propose(terms)
    await sign(terms, lender, lenderKey)
    expect(await sign(terms, lender, lenderKey)).toMatchObject({ status: 409 })
  })

  test('at the same moment, both last signatures count and it takes effect once', async () => {
    const terms = termsOf()
    await propose(terms)
    await Promise.all([sign(terms, lender, lenderKey), sign(terms, operator, operatorKey)])
    const [agreement] = await listed(operator)
    expect(agreement).toMatchObject({ missing: [], effectiveFrom: new Date(NOW).toISOString() })
  })
})

describe('proposing', () => {
  test('is the operator’s, for its own book and machines', async () => {
    expect((await propose(termsOf(), lender)).status).toBe(403)
    const other = await makeWorld(database.db)
    const foreign = await propose(termsOf({ deviceIds: [other.devices[0]] }))
    expect(foreign.body).toMatchObject({ code: 'agreement.device-unknown' })
    const otherOperator = sessionOf(other, other.operator, 'operator')
    const foreignBook = await propose(termsOf(), otherOperator)
    expect(foreignBook.body).toMatchObject({ code: 'agreement.not-your-book' })
  })

  test('versions follow one another, and a version is never proposed twice', async () => {
    const terms = termsOf()
    await propose(terms)
    const changed = termsOf({ agreementId: terms.agreementId, shares: [] })
    expect((await propose(changed)).body).toMatchObject({ code: 'agreement.version-taken' })
    const skipped = await propose({ ...changed, version: 3 })
    expect(skipped.body).toMatchObject({ code: 'agreement.version-out-of-order' })
    expect((await propose({ ...changed, version: 2 })).status).toBe(201)
  })

  test('a machine is split by one agreement at a time', async () => {
    await propose(termsOf())
    expect((await propose(termsOf())).body).toMatchObject({ code: 'agreement.device-taken' })
    expect((await propose(termsOf({ currency: 'USD' }))).status).toBe(201)
  })

  test('terms whose script does not hold are refused with the reason', async () => {
    const { script } = termsOf()
    const answer = await propose(termsOf({ script: script.replace('max $share', 'max $sweep') }))
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 'agreement.does-not-hold' })
    expect(JSON.stringify(answer.body)).toContain('$sweep')
  })
  test('terms that give away more than a payment company splits are refused', async () => {
    const terms = termsOf({ shares: [shareOf(partyShare(world.lender), world.lender)] })
    const by = { organisationId: world.operator, userId: world.users[world.operator] ?? '' }
    const at = (limit: number) =>
      proposeTo({ ...deps(), limits: new Map([['sandbox', limit]]) }, terms, by)
    expect(await at(2999)).toMatchObject({
      refused: 'does-not-hold',
      faults: [{ code: 'channel-limit' }],
    })
    expect(await at(3000)).toHaveProperty('ok')
  })
})

test('parties see the agreement, others do not', async () => {
  await propose(termsOf())
  expect(await listed(operator)).toHaveLength(1)
  expect(await listed(lender)).toHaveLength(1)
  await grant(database.db, world, world.site, 'finance')
  expect(await listed(sessionOf(world, world.site, 'site'))).toEqual([])
})

test('the database changes no version and no signature', async () => {
  const terms = termsOf()
  await propose(terms)
  await sign(terms, lender, lenderKey)
  const asSystem = (sql: string) => database.db.withSystem(tx => tx.query(sql, [terms.agreementId]))
  const changes = [
    `update agreements set terms = '{}' where agreement_id = $1`,
    `update agreement_signatures set signer = '' where agreement_id = $1`,
    'delete from agreements where agreement_id = $1',
  ]
  for (const sql of changes) await expect(asSystem(sql)).rejects.toThrow(/append-only|denied/)
})

describe('a share that repays a loan', () => {
  async function lent(lenderId: string): Promise<string> {
    const id = randomUUID()
    await database.db.withSystem(tx =>
      tx.query(
        `insert into loans (id, operator_id, lender_id, name, principal_minor, currency,
           sweep_basis_points, planned_daily_minor, started_at, created_by)
         values ($1, $2, $3, 'Loan', 1000, 'CNY', 3000, 10, now(), $4)`,
        [id, world.operator, lenderId, world.users[lenderId]],
      ),
    )
    return id
  }
  const sweepTo = (loanId: string, partyId: string) => {
    const account = facilityRepayment(loanId)
    return termsOf({ shares: [shareOf(account, partyId)] })
  }

  test('goes to the lender of that loan', async () => {
    const loan = await lent(world.lender)
    expect((await propose(sweepTo(loan, world.lender))).status).toBe(201)
  })

  test('goes to nobody else: a loan would look repaid whose lender got nothing', async () => {
    const refused = { status: 409, body: { code: 'agreement.loan-of-another' } }
    expect(await propose(sweepTo(await lent(world.lender), world.operator))).toMatchObject(refused)
    expect(await propose(sweepTo(await lent(world.site), world.lender))).toMatchObject(refused)
  })
})
