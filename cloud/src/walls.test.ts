/**
 * The walls between tenants, walked along the OpenAPI document: every operation that needs a
 * session is asked by strangers of every kind for everything that is somebody else's. Nothing is
 * told, nothing changes, nothing breaks. An operation that is new here has to be given its body.
 */
import { randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi } from './api.ts'
import type { Core, Stops } from './core.ts'
import { insertLoan } from './lending/loans/store.ts'
import { insertPledge } from './lending/pledges/store.ts'
import { openIncident } from './machines/incidents/store.ts'
import { type TestEnrolment, testEnrolment } from './machines/testing.ts'
import { insertVersion } from './money/agreements/store.ts'
import { openItem } from './money/attest/open-items.ts'
import { insertRefund } from './money/refunds/store.ts'
import { addPaidOrder, addSale, grant, makeWorld, type World } from './money/testing.ts'
import { hashSessionId, newSessionId } from './people/sessions/session.ts'
import { insertSession } from './people/sessions/store.ts'
import { type TestDatabase, testDatabase } from './platform/testing.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let stops: Stops
let url: string
let victim: World
let stranger: World
/** Everything of the victim's that a path could name, and that no stranger may be told. */
let secrets: { uuids: string[]; devices: string[]; sales: string[] }

beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  victim = await makeWorld(database.db)
  stranger = await makeWorld(database.db)
  secrets = await fill(victim)
  stops = []
  const http = { host: '127.0.0.1', dashboard: false }
  const core = {
    db: database.db,
    config: { name: 'test', http, anchor: {}, payments: {}, mqtt: { publicHost: 'localhost' } },
    log: () => undefined,
    publicUrl: 'http://localhost',
    policy: { current: () => parsePolicy('quorum none'), problem: () => undefined },
    enrolment,
    authority: enrolment.authority,
    keys: { receipt: new Uint8Array(32) },
    vkeys: { log: '', receipt: '', voucher: '' },
    ports: { http: 0, mqtt: 1 },
    clock: Date.now,
  }
  const { port } = await startApi(core as unknown as Core, undefined, stops)
  url = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop()
  await enrolment.close()
  await database.drop()
})

/** One of everything, so that there is something to be kept from strangers. */
async function fill(world: World): Promise<typeof secrets> {
  const { db } = database
  const [device] = world.devices
  const [operatorId, lenderId] = [world.operator, world.lender]
  const createdBy = world.users[lenderId] ?? ''
  const orderId = await addPaidOrder(db, operatorId, device, 350n)
  const sale = await addSale(db, operatorId, { device, index: 1, amountMinor: 350n, orderId })
  await grant(db, world, lenderId, 'finance')
  const terms = termsOf(world)
  const loan = { id: randomUUID(), borrowerId: operatorId, lenderId, name: 'Loan', createdBy }
  const figures = {
    principalMinor: 1n,
    currency: 'CNY',
    sweepBasisPoints: 1,
    plannedDailyMinor: 1n,
  }
  const startedAt = new Date()
  const pledge = { id: randomUUID(), operatorId, lenderId, loanId: loan.id, deviceId: device }
  const refund = { id: randomUUID(), operatorId, deviceId: device, orderId, channel: 'sandbox' }
  const made = await db.withSystem(async tx => {
    const proposedBy = world.users[operatorId] ?? ''
    await insertVersion(tx, { terms, hash: agreementHash(terms), proposedBy })
    await insertLoan(tx, { ...loan, ...figures, startedAt })
    await insertPledge(tx, { ...pledge, salt: new Uint8Array(16), fromAt: startedAt })
    await openIncident(tx, { operatorId, deviceId: device, kind: 'fork', detail: {} })
    await insertRefund(tx, {
      ...refund,
      ...{ amountMinor: 1n, currency: 'CNY', cause: 'operator', reason: 'X', state: 'requested' },
    })
    await openItem(tx, { operatorId, reason: 'payment-late', deviceId: device, orderId })
    return tx.query<{ id: string }>(
      `select id::text from grants where operator_id = $1
       union all select id::text from incidents where operator_id = $1
       union all select id::text from open_items where operator_id = $1`,
      [operatorId],
    )
  })
  const ids = [orderId, terms.agreementId, loan.id, pledge.id, refund.id]
  const uuids = [...ids, ...made.map(row => row.id)]
  return { uuids, devices: [...world.devices], sales: [sale] }
}

const termsOf = (world: World): AgreementTerms => ({
  agreementId: randomUUID(),
  version: 1,
  bookId: world.operator,
  currency: 'CNY',
  validFromMs: 0,
  deviceIds: [victim.devices[0]],
  parties: [
    { organisationId: world.operator, role: 'operator', signer: `0x${'a'.repeat(40)}` },
    { organisationId: world.lender, role: 'lender', signer: `0x${'b'.repeat(40)}` },
  ],
  utcOffsetMinutes: 480,
  ...fixedShares({
    channels: [{ channel: 'sandbox', basisPoints: 60 }],
    shares: [],
    remainder: { account: partyShare(world.operator), partyId: world.operator },
  }),
})

/** What each operation that takes a body is sent: as harmful as its form allows. */
const bodies = (): Record<string, object> => {
  const [device] = victim.devices
  const loan = { name: 'Mine', principalMinor: '100', currency: 'CNY', sweepBasisPoints: 100 }
  return {
    'post /api/v1/grants': { granteeId: stranger.lender, deviceId: device, scope: 'finance' },
    'post /api/v1/enrolments': { label: 'X', kind: 'virtual', site: 'Y', replaces: device },
    'post /api/v1/devices/{id}/retirement': { reason: 'mine now' },
    'post /api/v1/devices/{id}/erasures': { index: 1, reason: 'mine now' },
    'post /api/v1/incidents/{id}/closure': { reason: 'nothing happened' },
    'post /api/v1/refunds': { saleId: secrets.sales[0], amountMinor: '1', reason: 'mine now' },
    'post /api/v1/open-items/{id}/close': { reason: 'written-off', note: 'mine now' },
    'post /api/v1/open-items/{id}/reopen': { note: 'mine now' },
    'post /api/v1/devices/{id}/box-counts': {
      countedAt: '2026-01-01T00:00:00.000Z',
      amount: { amountMinor: '0', currency: 'CNY' },
      collected: true,
      countedBy: 'nobody',
    },
    'post /api/v1/devices/{id}/stock-counts': {
      at: '2026-01-01T00:00:00.000Z',
      visitor: 'nobody',
      lines: [{ slot: 'A3', counted: 0 }],
    },
    'post /api/v1/freeze-orders': {
      bookId: victim.operator,
      partyId: victim.lender,
      cause: 'court',
      document: 'none',
    },
    'post /api/v1/freeze-orders/{id}/release': { document: 'none' },
    'post /api/v1/account-limits': {
      path: partyShare(victim.operator),
      currency: 'CNY',
      mostMinor: '0',
      note: 'mine now',
    },
    'post /api/v1/agreements': { ...termsOf(victim), version: 2 },
    'post /api/v1/agreements/check': termsOf(victim),
    'post /api/v1/agreements/preview': {
      terms: termsOf(victim),
      from: '2026-01-01T00:00:00.000Z',
      until: '2026-12-01T00:00:00.000Z',
    },
    'post /api/v1/transfers': {
      transferId: randomUUID(),
      agreementId: randomUUID(),
      account: 'participation:x:pool',
      fromId: victim.operator,
      toId: stranger.lender,
      units: 1,
      validFromMs: 0,
      fromSigner: `0x${'a'.repeat(40)}`,
      toSigner: `0x${'b'.repeat(40)}`,
    },
    'post /api/v1/transfers/{id}/signatures': { signature: `0x${'1'.repeat(130)}` },
    'post /api/v1/agreements/{id}/signatures': { version: 1, signature: `0x${'1'.repeat(130)}` },
    'post /api/v1/loans': {
      ...loan,
      ...{ borrowerId: victim.operator, plannedDailyMinor: '1', deviceIds: [device] },
    },
  }
}

type Operation = { security?: object[]; requestBody?: object }
type Document = { paths: Record<string, Record<string, Operation>> }
type Asked = { method: string; path: string; body: object | undefined; named: boolean }

async function allQuestions(): Promise<Asked[]> {
  const document = (await (await fetch(`${url}/api/v1/openapi.json`)).json()) as Document
  const questions: Asked[] = []
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { security, requestBody }] of Object.entries(methods)) {
      if (security?.length === 0 || path === '/api/v1/live') continue
      const key = `${method} ${path}`
      const body = bodies()[key]
      if (requestBody !== undefined && body === undefined) expect.fail(`no body for ${key}`)
      const named = path.includes('{')
      for (const each of filled(path)) questions.push({ method, path: each, body, named })
      const byDevice = `${path}?deviceId=${victim.devices[0]}`
      if (method === 'get' && !named) questions.push({ method, path: byDevice, body, named })
    }
  }
  return questions
}

/** The path with every id of the victim's in the place of its first parameter, 1 in others. */
function filled(path: string): string[] {
  const ids = [...secrets.uuids, ...secrets.devices, ...secrets.sales]
  const first = ids.map(id => path.replace(/\{\w+\}/, id))
  return path.includes('{') ? first.map(each => each.replaceAll(/\{\w+\}/g, '1')) : [path]
}

/** A real session, as signing in leaves it. */
async function cookieOf(userId: string): Promise<string> {
  const id = newSessionId()
  await database.db.withSystem(tx => insertSession(tx, hashSessionId(id), userId))
  return `tillproof=${id}`
}

async function ask({ method, path, body }: Asked, cookie: string) {
  const answer = await fetch(`${url}${path}`, {
    method: method.toUpperCase(),
    headers: { 'content-type': 'application/json', cookie },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** All that belongs to the victim, as text. */
async function belongings(): Promise<string> {
  const tables = ['devices', 'certificates', 'enrolments', 'grants', 'incidents', 'agreements']
  const money = ['open_items', 'box_counts', 'stock_visits', 'freeze_orders', 'account_limits']
  const all = [...tables, 'agreement_signatures', 'loans', 'pledges', 'orders', ...money]
  const parts: unknown[] = []
  for (const table of all) {
    const sql = `select to_jsonb(t) as row from ${table} t where operator_id = $1 order by 1`
    parts.push(await database.db.withSystem(tx => tx.query(sql, [victim.operator])))
  }
  return JSON.stringify(parts)
}

test.each(['operator', 'lender', 'site'] as const)(
  'a stranger (%s) is told nothing and changes nothing',
  async who => {
    const before = await belongings()
    const cookie = await cookieOf(stranger.users[stranger[who]] ?? '')
    const ids = [...secrets.uuids, ...secrets.devices, ...secrets.sales]
    const faults: string[] = []
    const questions = await allQuestions()
    for (const question of questions) {
      const { status, text } = await ask(question, cookie)
      const said = question.path + JSON.stringify(question.body ?? {})
      const leaked = ids.filter(id => text.includes(id) && !said.includes(id))
      // A list of what a stranger may see of it is empty; anything else about it is refused.
      const empty = status === 200 && /^\{"items":\[\],/.test(text)
      const refused = [400, 403, 404, 409].includes(status)
      if (leaked.length > 0 || status >= 500 || (question.named && !refused && !empty)) {
        faults.push(`${question.method} ${question.path}: ${status} ${text.slice(0, 120)}`)
      }
    }
    expect(faults).toEqual([])
    expect(questions.length).toBeGreaterThan(60)
    expect(await belongings()).toBe(before)
  },
  60_000,
)

test('nobody without a session gets past the door', async () => {
  for (const question of await allQuestions()) {
    expect((await ask(question, '')).status, question.path).toBe(401)
  }
})
