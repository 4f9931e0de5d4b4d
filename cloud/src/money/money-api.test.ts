/** Sales, accounts and the checker over HTTP: who sees what, and the posting's proof. */
import { randomBytes, randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type {
  Account,
  BookBatch,
  LedgerCheck,
  Sale,
  SaleDetail,
} from '@tillproof/shared/api/money.ts'
import { openPosting } from '@tillproof/shared/bundle/posting.ts'
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import {
  decodeBatchHeader,
  decodeJournal,
  journalsRoot,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../platform/testing.ts'
import { type TestApp, testApp } from '../platform/testing-http.ts'
import { insertSignature, insertVersion, setEffective } from './agreements/store.ts'
import { matchJob } from './attest/job.ts'
import { saleRoutes } from './attest/routes.ts'
import { clearingSource } from './ledger/bundle-source.ts'
import { clearBook } from './ledger/clearing.ts'
import { ledgerRoutes } from './ledger/routes.ts'
import { bookWriters } from './ledger/writers.ts'
import { addPaidOrder, addSale, grant, makeWorld, sessionOf, type World } from './testing.ts'

let database: TestDatabase
let app: TestApp
let world: World
let operator: Session
let lender: Session
beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database.db, [...saleRoutes(), ...ledgerRoutes({ clock: Date.now })])
})
beforeEach(async () => {
  world = await makeWorld(database.db)
  operator = sessionOf(world, world.operator, 'operator')
  lender = sessionOf(world, world.lender, 'lender')
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const facility = 'facility:00000000-0000-4000-8000-0000000000f1:repayment'
/** Effective from 1970, with signatures made elsewhere: here only what follows is of interest. */
async function agreed(): Promise<AgreementTerms> {
  const terms: AgreementTerms = {
    agreementId: randomUUID(),
    version: 1,
    bookId: world.operator,
    currency: 'CNY',
    validFromMs: 0,
    deviceIds: world.devices.toSorted(),
    parties: [
      { organisationId: world.operator, role: 'operator', signer: `0x${'a'.repeat(40)}` },
      { organisationId: world.lender, role: 'lender', signer: `0x${'b'.repeat(40)}` },
    ],
    utcOffsetMinutes: 480,
    ...fixedShares({
      channels: [{ channel: 'sandbox', basisPoints: 60 }],
      shares: [
        {
          name: 'sweep',
          account: facility,
          partyId: world.lender,
          basisPoints: 3000,
          capMinor: null,
        },
      ],
      remainder: { account: partyShare(world.operator), partyId: world.operator },
    }),
  }
  const proposedBy = world.users[world.operator] ?? ''
  await database.db.withSystem(async tx => {
    await insertVersion(tx, { terms, hash: agreementHash(terms), proposedBy })
    for (const { organisationId, signer } of terms.parties) {
      const signature = `0x${'00'.repeat(65)}`
      const signedBy = world.users[organisationId] ?? ''
      const signedAt = new Date(0)
      await insertSignature(tx, { terms, organisationId, signature, signer, signedBy, signedAt })
    }
    await setEffective(tx, terms, new Date(0))
  })
  return terms
}
let index = 0
async function sell(count: number, device = world.devices[0]): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    index += 1
    const orderId = await addPaidOrder(database.db, world.operator, device, 350n)
    ids.push(
      await addSale(database.db, world.operator, { device, index, amountMinor: 350n, orderId }),
    )
  }
  return ids
}
async function clear(): Promise<void> {
  await matchJob({ db: database.db, wake: () => undefined }).run(world.operator)
  const writers = bookWriters({
    db: database.db,
    writer: randomUUID(),
    leaseMs: 5_000,
    clock: Date.now,
    randomBytes,
  })
  await clearBook({ db: database.db, writers }, world.operator)
  await writers.close()
}
const listed = async (by: Session, query = ''): Promise<{ items: Sale[]; next: string | null }> =>
  (await app.ask(by, 'GET', `/api/v1/sales${query}`)).body as {
    items: Sale[]
    next: string | null
  }
const detail = async (by: Session, id: string): Promise<SaleDetail> =>
  (await app.ask(by, 'GET', `/api/v1/sales/${id}`)).body as SaleDetail

test('batches are shown in the bytes that were hashed, to whoever sees all the book', async () => {
  const asked = (by: Session) =>
    app.ask(by, 'GET', `/api/v1/ledger/batches?book=${world.operator}&from=1`)
  await agreed()
  await sell(2)
  await clear()
  const { items } = (await asked(operator)).body as { items: BookBatch[] }
  const bytesOf = (text: string) => fromBase64(text) ?? expect.fail('no base64')
  const [batch = expect.fail('no batch')] = items
  const header = decodeBatchHeader(bytesOf(batch.header)) ?? expect.fail('no header')
  const journals = batch.journals.map(each => decodeJournal(bytesOf(each)) ?? expect.fail())
  expect(header).toMatchObject({ operatorId: world.operator, seq: 1n, journals: 2 })
  expect(toHex(journalsRoot(journals))).toBe(toHex(header.root))
  expect((await asked(lender)).body).toEqual({ items: [], next: null })
  await grant(database.db, world, world.lender, 'finance')
  expect((await asked(lender)).body).toEqual({ items, next: null })
})

describe('a sale', () => {
  test('rises from succeeded to cleared, and its grade with it', async () => {
    await agreed()
    const [id = ''] = await sell(1)
    expect(await detail(operator, id)).toMatchObject({
      state: 'succeeded',
      grade: 'signed',
      posting: null,
      channel: 'sandbox',
    })
    await matchJob({ db: database.db, wake: () => undefined }).run(world.operator)
    expect(await detail(operator, id)).toMatchObject({ state: 'matched', grade: 'corroborated' })
    await clear()
    expect(await detail(operator, id)).toMatchObject({
      state: 'cleared',
      grade: 'corroborated',
      posting: { agreementVersion: 1, batchSeq: 1, legs: { length: 6 } },
    })
  })

  test('that no meter bears out is only signed until a payment is matched', async () => {
    const device = world.devices[0]
    const sale = { device, index: 9_999, amountMinor: 350n, presumed: true }
    const id = await addSale(database.db, world.operator, sale)
    expect(await detail(operator, id)).toMatchObject({ state: 'succeeded', grade: 'signed' })
  })

  test('in suspense is booked without an agreement', async () => {
    const [id = ''] = await sell(1)
    await clear()
    expect(await detail(operator, id)).toMatchObject({
      state: 'cleared',
      grade: 'corroborated',
      posting: { agreementId: null, agreementVersion: null },
    })
  })

  test('is listed newest first, page by page, by machine', async () => {
    const ids = await sell(5)
    await sell(2, world.devices[1])
    const first = await listed(operator, `?deviceId=${world.devices[0]}&limit=3`)
    const rest = await listed(
      operator,
      `?deviceId=${world.devices[0]}&limit=3&before=${first.next}`,
    )
    const seen = [...first.items, ...rest.items].map(sale => sale.id)
    expect(seen).toHaveLength(5)
    expect(new Set(seen)).toEqual(new Set(ids))
    expect(rest.next).toBeNull()
    expect((await app.ask(operator, 'GET', '/api/v1/sales?before=1;drop')).status).toBe(400)
  })
})

describe('who sees what', () => {
  test('nothing without grant, the machine’s word by monitor, money by finance', async () => {
    await agreed()
    const [id = ''] = await sell(1)
    await clear()
    const site = sessionOf(world, world.site, 'site')
    expect((await listed(site)).items).toEqual([])
    expect((await app.ask(site, 'GET', `/api/v1/sales/${id}`)).status).toBe(404)
    await grant(database.db, world, world.site, 'monitor')
    expect(await detail(site, id)).toMatchObject({
      state: 'succeeded',
      grade: 'signed',
      posting: null,
      channel: null,
    })
    await grant(database.db, world, world.site, 'finance')
    expect(await detail(site, id)).toMatchObject({ state: 'cleared', grade: 'corroborated' })
  })

  test('a party sees its own account and the legs on it without any grant', async () => {
    await agreed()
    await sell(2)
    await clear()
    const { items } = (await app.ask(lender, 'GET', '/api/v1/accounts')).body as {
      items: Account[]
    }
    expect(items).toEqual([
      {
        bookId: world.operator,
        path: facility,
        currency: 'CNY',
        debitsPosted: '0',
        creditsPosted: '210',
        debitsPending: '0',
        creditsPending: '0',
      },
    ])
  })
})

test('the checker answers with the trial balance, and not to everybody', async () => {
  await agreed()
  await sell(3)
  await clear()
  const check = (await app.ask(operator, 'GET', '/api/v1/ledger/check')).body as LedgerCheck
  expect(check).toMatchObject({
    balanced: true,
    totals: [{ currency: 'CNY', debits: '2100', credits: '2100' }],
    faults: [],
  })
  expect((await app.ask(lender, 'GET', '/api/v1/ledger/check')).status).toBe(403)
})

describe('the posting’s proof for a bundle', () => {
  const clearingFor = (by: string, saleId: string) =>
    database.db.withTenant(by, tx => clearingSource(database.db)(tx, saleId))

  test('opens with the shared verifier, for each journal of a batch', async () => {
    const terms = await agreed()
    const ids = await sell(5)
    await clear()
    for (const saleId of ids) {
      const clearing = await clearingFor(world.operator, saleId)
      expect(clearing?.terms).toEqual(terms)
      const opened = clearing && openPosting(clearing)
      expect(opened?.journal).toMatchObject({
        businessId: `sale:${saleId}`,
        agreementId: terms.agreementId,
      })
      expect(opened?.journal.legs.map(leg => leg.amountMinor)).toEqual([
        350n,
        350n,
        350n,
        2n,
        105n,
        243n,
      ])
    }
  })

  test('is for those who may see the posting and are parties of the terms', async () => {
    await agreed()
    const [saleId = ''] = await sell(1)
    await clear()
    expect(await clearingFor(world.lender, saleId)).toBeNull()
    await grant(database.db, world, world.lender, 'finance')
    expect(await clearingFor(world.lender, saleId)).not.toBeNull()
    await grant(database.db, world, world.site, 'finance')
    expect(await clearingFor(world.site, saleId)).toBeNull()
  })

  test('is none for a sale in suspense', async () => {
    const [saleId = ''] = await sell(1)
    await clear()
    expect(await clearingFor(world.operator, saleId)).toBeNull()
  })
})
