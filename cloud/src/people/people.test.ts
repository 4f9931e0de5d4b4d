/** Sign-in over real HTTP, who is let in where, and what a grant opens and closes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../platform/testing-http.ts'
import { grantRoutes } from './grants/routes.ts'
import { bootstrap } from './organisations/bootstrap.ts'
import { organisationRoutes } from './organisations/routes.ts'
import { sessionReader, sessionRoutes } from './sessions/routes.ts'

let database: TestDatabase
let app: TestApp
let cookies: TestApp
let operator: Session
let lender: Session

beforeAll(async () => {
  database = await testDatabase()
  const routes = [...organisationRoutes(), ...grantRoutes()]
  app = await testApp(database.db, routes)
  const signIn = sessionRoutes({ cloudName: 'test.local', secure: false })
  const sessionOf = sessionReader(database.db, false)
  cookies = await testApp(database.db, [...signIn, ...routes], { sessionOf })
  operator = await testSession(database.db, 'operator')
  lender = await testSession(database.db, 'lender')
})
afterAll(async () => {
  await app.close()
  await cookies.close()
  await database.drop()
})

describe('bootstrap', () => {
  const input = {
    organisations: [
      {
        name: 'Acme Vending',
        kind: 'operator' as const,
        users: [{ email: 'ann@acme.test', name: 'Ann', role: 'admin' as const }],
      },
    ],
  }
  test('makes random passwords once, and new ones only when asked', async () => {
    const first = await bootstrap(database.db, input, { resetPasswords: false })
    const again = await bootstrap(database.db, input, { resetPasswords: false })
    const reset = await bootstrap(database.db, input, { resetPasswords: true })
    const passwords = [first, again, reset].map(r => r.organisations[1]?.users[0]?.password)
    expect(passwords[0]).toMatch(/^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/)
    expect(passwords[1]).toBeNull()
    expect(passwords[2]).not.toBe(passwords[0])
    expect(again.organisations[1]?.id).toBe(first.organisations[1]?.id)
  })
})

describe('sign-in', () => {
  async function account() {
    const email = `p${crypto.randomUUID()}@example.test`
    const name = `Org ${crypto.randomUUID()}`
    const user = { email, name: 'P', role: 'viewer' as const }
    const input = { organisations: [{ name, kind: 'site' as const, users: [user] }] }
    const made = await bootstrap(database.db, input, { resetPasswords: false })
    return { email, password: made.organisations[1]?.users[0]?.password ?? '', name }
  }
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${cookies.url}/api/v1/session`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })
  const whoAmI = (cookie: string) => fetch(`${cookies.url}/api/v1/session`, { headers: { cookie } })

  test('gives a cookie that says who one is until signing out', async () => {
    const { email, password, name } = await account()
    const response = await post({ email: email.toUpperCase(), password })
    expect(response.status).toBe(201)
    const [header = '', known] = response.headers.getSetCookie()
    const [value, ...flags] = known?.split('; ') ?? []
    expect(value).toMatch(/^tillproof-known=[\w-]{22}\.[\w-]{43}$/)
    expect(flags).toEqual(['Path=/', 'HttpOnly', 'SameSite=Strict', 'Max-Age=15552000'])
    expect(header).toMatch(
      /^tillproof=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    )
    const cookie = header.split(';')[0] ?? ''
    const me = await whoAmI(cookie)
    expect(await me.json()).toMatchObject({
      user: { email, role: 'viewer' },
      organisation: { name, kind: 'site' },
      cloudName: 'test.local',
    })
    await fetch(`${cookies.url}/api/v1/session`, { method: 'DELETE', headers: { cookie } })
    expect((await whoAmI(cookie)).status).toBe(401)
  })

  test('a wrong password and an unknown address get the same answer', async () => {
    const { email } = await account()
    const wrong = await post({ email, password: 'x' })
    const unknown = await post({ email: 'nobody@example.test', password: 'x' })
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect(await wrong.json()).toEqual(await unknown.json())
  })

  const from = (address: string) => ({ 'x-forwarded-for': address })
  /** Statuses of wrong passwords, as many as there are addresses. */
  async function guess(email: string, addresses: string[], headers = {}) {
    const statuses = new Set<number>()
    for (const address of addresses) {
      const answer = await post({ email, password: 'x' }, { ...headers, ...from(address) })
      statuses.add(answer.status)
    }
    return [...statuses]
  }

  test('ten wrong passwords slow down the address they come from, and nobody else', async () => {
    const { email, password } = await account()
    expect(await guess(email, Array(10).fill('203.0.113.1'))).toEqual([401])
    expect((await post({ email, password }, from('203.0.113.1'))).status).toBe(429)
    expect((await post({ email, password }, from('203.0.113.2'))).status).toBe(201)
  })

  test('right passwords are not counted, however often a program signs in', async () => {
    const { email, password } = await account()
    for (let n = 0; n < 12; n += 1) {
      expect((await post({ email, password }, from('203.0.113.9'))).status).toBe(201)
    }
    expect(await guess(email, Array(10).fill('203.0.113.9'))).toEqual([401])
    expect((await post({ email, password }, from('203.0.113.9'))).status).toBe(429)
  })

  test('a network of guessers keeps strangers out, and not who was there before', async () => {
    const { email, password } = await account()
    const first = await post({ email, password })
    const cookie = first.headers.getSetCookie().map(each => each.split(';')[0])
    const addresses = Array.from({ length: 100 }, (_, n) => `2001:db8:0:${n + 1}::1`)
    expect(await guess(email, addresses)).toEqual([401])
    expect((await post({ email, password }, from('203.0.113.3'))).status).toBe(429)
    const known = { cookie: cookie.join('; '), ...from('203.0.113.3') }
    expect((await post({ email, password }, known)).status).toBe(201)
  })

  test('being known to one account says nothing to another', async () => {
    const [one, other] = [await account(), await account()]
    const first = await post({ email: one.email, password: one.password })
    const known = first.headers.getSetCookie()[1]?.split(';')[0] ?? ''
    const address = '203.0.113.4'
    await guess(other.email, Array(10).fill(address))
    const body = { email: other.email, password: other.password }
    expect((await post(body, { cookie: known, ...from(address) })).status).toBe(429)
  })

  test("another site's page cannot sign anybody in", async () => {
    const { email, password } = await account()
    const response = await post({ email, password }, { origin: 'https://evil.example' })
    expect(response.status).toBe(403)
  })
})

describe('access', () => {
  test('nobody enters without a session; bodies are checked against the schema', async () => {
    expect((await app.ask(null, 'GET', '/api/v1/organisations')).status).toBe(401)
    const answer = await app.ask(operator, 'POST', '/api/v1/grants', { scope: 'all' })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 'http.malformed' })
  })

  test('only an administrator of an operator grants', async () => {
    const viewer = await testSession(database.db, 'operator', 'viewer')
    const grant = { granteeId: lender.organisation.id, scope: 'monitor' }
    expect((await app.ask(viewer, 'POST', '/api/v1/grants', grant)).status).toBe(403)
    expect((await app.ask(lender, 'POST', '/api/v1/grants', grant)).status).toBe(403)
  })
})

describe('grants', () => {
  const sees = async (device: string | null, scope: string) => {
    const rows = await database.db.withTenant(lender.organisation.id, tx =>
      tx.query<{ can: boolean }>('select can_see($1, $2, $3) as can', [
        operator.organisation.id,
        device,
        scope,
      ]),
    )
    return rows[0]?.can
  }

  test('open exactly what they name, for both sides to read, until revoked', async () => {
    await database.db.withSystem(tx =>
      tx.query(
        `insert into devices (id, operator_id, label, kind, site, model, controller_serial, epoch)
         values ('d000000000001', $1, 'One', 'vending', 'Hall 1', 'test', 'test', 1)`,
        [operator.organisation.id],
      ),
    )
    expect(await sees('d000000000001', 'monitor')).toBe(false)
    const given = await app.ask(operator, 'POST', '/api/v1/grants', {
      granteeId: lender.organisation.id,
      deviceId: 'd000000000001',
      scope: 'monitor',
    })
    expect(given.status).toBe(201)
    expect(await sees('d000000000001', 'monitor')).toBe(true)
    expect(await sees('d000000000001', 'finance')).toBe(false)
    expect(await sees('d000000000002', 'monitor')).toBe(false)
    expect(await sees(null, 'monitor')).toBe(false)
    const { id } = given.body as { id: string }
    const read = await app.ask(lender, 'GET', '/api/v1/grants')
    expect(read.body).toMatchObject({ items: [{ id }] })
    const outsider = await testSession(database.db, 'lender')
    const others = await app.ask(outsider, 'GET', '/api/v1/grants')
    expect(others.body).toEqual({ items: [], next: null })

    const rival = await testSession(database.db, 'operator')
    expect((await app.ask(rival, 'DELETE', `/api/v1/grants/${id}`)).status).toBe(404)
    expect((await app.ask(operator, 'DELETE', `/api/v1/grants/${id}`)).status).toBe(200)
    expect(await sees('d000000000001', 'monitor')).toBe(false)
  })

  test('of the whole fleet with finance include everything, and end by themselves', async () => {
    await database.db.withTenant(operator.organisation.id, tx =>
      tx.query(
        `insert into grants (operator_id, grantee_id, scope, from_at, until_at, created_by)
         values ($1, $2, 'finance', now() - interval '2 days', now() - interval '1 day', $3)`,
        [operator.organisation.id, lender.organisation.id, operator.userId],
      ),
    )
    expect(await sees(null, 'finance')).toBe(false)
    const grant = { granteeId: lender.organisation.id, scope: 'finance' }
    await app.ask(operator, 'POST', '/api/v1/grants', grant)
    expect(await sees(null, 'finance')).toBe(true)
    expect(await sees('d000000000009', 'monitor')).toBe(true)
  })

  test('cannot be written for another operator', async () => {
    const forged = database.db.withTenant(lender.organisation.id, tx =>
      tx.query(
        `insert into grants (operator_id, grantee_id, scope, created_by)
         values ($1, $2, 'finance', $3)`,
        [operator.organisation.id, lender.organisation.id, lender.userId],
      ),
    )
    await expect(forged).rejects.toThrow('row-level security')
  })
})
