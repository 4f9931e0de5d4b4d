/** The app as strangers meet it: refusals, headers, document, live updates, files. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type TestDatabase, testDatabase } from '../testing.ts'
import { type TestApp, testApp, testSession } from '../testing-http.ts'
import { type Live, startLive } from './live.ts'
import { rateLimit } from './rate-limit.ts'
import { defineRoute, problem, reply, type Session } from './route.ts'

let database: TestDatabase
let app: TestApp
let live: Live
/** What the session's cookie still opens, as the live stream asks again and again. */
let signedIn: Session | null
let operator: Session
let dashboard: string

const echo = defineRoute({
  method: 'post',
  path: '/api/v1/echo/:id',
  summary: 'Says back',
  access: 'session',
  params: z.object({ id: z.uuid() }),
  query: z.object({ limit: z.coerce.number().int().max(10).default(5) }),
  body: z.object({ text: z.string().max(5) }),
  response: z.object({ id: z.string(), limit: z.number(), text: z.string(), who: z.string() }),
  handle({ params, query, body, session }) {
    if (body.text === 'no') return problem(409, 'echo.no', 'No.', 'Say something else.')
    const who = session.organisation.name
    return { ...params, ...query, ...body, who, secret: 'never sent' }
  },
})
const raw = defineRoute({
  method: 'post',
  path: '/webhooks/raw',
  summary: 'Bytes as they came',
  access: 'public',
  raw: true,
  produces: 'application/octet-stream',
  handle: ({ raw: bytes }) => reply(bytes, { headers: { 'content-type': 'application/x-test' } }),
})
const broken = defineRoute({
  method: 'get',
  path: '/api/v1/broken',
  summary: 'Breaks',
  access: 'public',
  response: z.object({ fine: z.boolean() }),
  handle: () => ({ fine: 'not a boolean' as unknown as boolean }),
})
const limited = defineRoute({
  method: 'get',
  path: '/api/v1/limited',
  summary: 'Twice a minute',
  access: 'public',
  limitPerMinute: 2,
  handle: () => undefined,
})

beforeAll(async () => {
  dashboard = await mkdtemp(join(tmpdir(), 'tillproof-dashboard-'))
  await mkdir(join(dashboard, 'assets'))
  await writeFile(join(dashboard, 'index.html'), '<title>Dashboard</title>')
  await writeFile(join(dashboard, 'assets', 'app-1a2b.js'), 'export {}')
  await writeFile(join(dashboard, 'assets', 'big-3c4d.js'), 'as it is')
  await writeFile(join(dashboard, 'assets', 'big-3c4d.js.gz'), gzipSync('as it was packed'))
  database = await testDatabase()
  operator = await testSession(database.db, 'operator')
  signedIn = operator
  live = await startLive({ db: database.db, sessionOf: async () => signedIn, heartbeatMs: 100 })
  const routes = [echo, raw, broken, limited, ...live.routes]
  app = await testApp(database.db, routes, { dashboardDir: dashboard })
})
afterAll(async () => {
  await live.close()
  await app.close()
  await database.drop()
  await rm(dashboard, { recursive: true })
})

const ID = '5f0c1c1e-6a57-4a6e-9d2b-0a8d7a3d9b11'

describe('a route', () => {
  test('gets what its schemas let through, and sends what they describe', async () => {
    const answer = await app.ask(operator, 'POST', `/api/v1/echo/${ID}?limit=7`, { text: 'hi' })
    expect(answer.body).toEqual({ id: ID, limit: 7, text: 'hi', who: operator.organisation.name })
  })

  test('names every fault of a request at once', async () => {
    const answer = await app.ask(operator, 'POST', '/api/v1/echo/1?limit=99', { text: 'too long' })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    const { code, detail } = answer.body as { code: string; detail: { in: string; path: string }[] }
    expect(code).toBe('http.malformed')
    expect(detail.map(fault => `${fault.in} ${fault.path}`)).toEqual([
      'path id',
      'query limit',
      'body text',
    ])
  })

  test('refuses text that the database cannot hold', async () => {
    const answer = await app.ask(operator, 'POST', `/api/v1/echo/${ID}`, { text: 'a\u0000' })
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'http.malformed', detail: [{ in: 'body', path: '', message: 'holds a NUL' }] },
    })
  })

  test('refuses with a problem', async () => {
    const answer = await app.ask(operator, 'POST', `/api/v1/echo/${ID}`, { text: 'no' })
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'echo.no', title: 'No.', next: 'Say something else.' },
    })
  })

  test('that breaks its own promise says so without telling why', async () => {
    const answer = await app.ask(null, 'GET', '/api/v1/broken')
    expect(answer).toMatchObject({ status: 500, body: { code: 'http.internal' } })
    expect(JSON.stringify(answer.body)).not.toContain('boolean')
  })

  test('with a limit turns a flood away', async () => {
    const statuses = []
    for (let n = 0; n < 3; n += 1)
      statuses.push((await app.ask(null, 'GET', '/api/v1/limited')).status)
    expect(statuses).toEqual([204, 204, 429])
  })

  test('for webhooks gets the bytes untouched', async () => {
    const bytes = Uint8Array.of(0, 255, 10, 13, 0)
    const response = await fetch(`${app.url}/webhooks/raw`, { method: 'POST', body: bytes })
    expect(response.headers.get('content-type')).toBe('application/x-test')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  })
})

test('bodies that are no JSON, too long, or at no address are refused as problems', async () => {
  const post = async (body: string) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${app.url}/api/v1/echo/${ID}`, { method: 'POST', body, headers })
    return [response.status, ((await response.json()) as { code: string }).code]
  }
  expect(await post('{')).toEqual([400, 'http.unreadable'])
  expect(await post(JSON.stringify({ text: 'x'.repeat(300_000) }))).toEqual([
    413,
    'http.unreadable',
  ])
  expect(await app.ask(null, 'GET', '/api/v1/nothing')).toMatchObject({ status: 404 })
})

test('the document describes every route by the schemas themselves', async () => {
  const { body } = await app.ask(null, 'GET', '/api/v1/openapi.json')
  const document = body as { paths: Record<string, Record<string, object> | undefined> }
  expect(Object.keys(document.paths)).toEqual([
    '/api/v1/echo/{id}',
    '/webhooks/raw',
    '/api/v1/broken',
    '/api/v1/limited',
    '/api/v1/live',
  ])
  expect(document.paths['/api/v1/echo/{id}']?.post).toMatchObject({
    summary: 'Says back',
    security: [{ session: [] }],
    parameters: [
      { in: 'path', name: 'id', required: true, schema: { type: 'string', format: 'uuid' } },
      { in: 'query', name: 'limit', schema: { type: 'integer', maximum: 10, default: 5 } },
    ],
  })
})

test('pages come with a strict policy; hashed files are kept, the rest is the app', async () => {
  const page = await fetch(`${app.url}/devices/d1`)
  expect(await page.text()).toBe('<title>Dashboard</title>')
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const asset = await fetch(`${app.url}/assets/app-1a2b.js`)
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect((await fetch(`${app.url}/assets/gone.js`)).status).toBe(404)
  expect(await (await fetch(`${app.url}/livez`)).text()).toBe('ok')
  expect(await (await fetch(`${app.url}/readyz`)).text()).toBe('ok')
})

test('what the build has packed is sent packed, to whoever can unpack it', async () => {
  const get = (encodings: string) =>
    fetch(`${app.url}/assets/big-3c4d.js`, { headers: { 'accept-encoding': encodings } })
  const packed = await get('gzip')
  expect(await packed.text()).toBe('as it was packed')
  expect(packed.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(packed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  for (const encodings of ['identity', 'br']) {
    const plain = await get(encodings)
    expect(await plain.text()).toBe('as it is')
    expect(plain.headers.get('vary')).toBe('Accept-Encoding')
  }
})

describe('live updates', () => {
  /** Collects what a dashboard of `session` hears, from after `lastEventId`. */
  async function hear(session: Session, lastEventId = '') {
    const real = await testApp(database.db, live.routes, { sessionOf: async () => session })
    const heard: string[] = []
    let ended = false
    const headers = { 'last-event-id': lastEventId }
    const req = request(`${real.url}/api/v1/live`, { headers }, res => {
      res.setEncoding('utf8').on('data', (chunk: string) => heard.push(chunk))
      res.once('end', () => {
        ended = true
      })
    })
    req.on('error', () => undefined).end()
    await expect.poll(() => heard.join('')).toContain('retry:')
    const close = async () => {
      req.destroy()
      await real.close()
    }
    return { text: () => heard.join(''), hasEnded: () => ended, close }
  }
  const tell = (type: string, operatorId: string | null, payload: object) =>
    database.db.withSystem(tx =>
      tx.query('select notify_live($1, $2, $3, $4)', [
        operatorId,
        'd000000000001',
        type,
        JSON.stringify(payload),
      ]),
    )

  test('reach who may see the machine, and nobody else', async () => {
    const rival = await testSession(database.db, 'operator')
    const [mine, theirs] = [await hear(operator), await hear(rival)]
    await tell('sale', operator.organisation.id, { id: 'private' })
    await tell('checkpoint', null, { size: 7 })
    await expect.poll(mine.text).toContain('event: checkpoint')
    await expect.poll(theirs.text).toContain('event: checkpoint')
    expect(mine.text()).toContain('"payload":{"id":"private"}')
    expect(theirs.text()).not.toContain('private')
    await mine.close()
    await theirs.close()
  })

  test('end with the session that asked for them', async () => {
    const page = await hear(operator)
    signedIn = null
    await expect.poll(page.hasEnded).toBe(true)
    signedIn = operator
    await page.close()
  })

  test('are resumed after the last one seen; who comes too late is told to reload', async () => {
    const first = await hear(operator)
    await tell('sale', operator.organisation.id, { id: 'first' })
    await expect.poll(first.text).toContain('first')
    const lastId = [...first.text().matchAll(/^id: (\S+)$/gm)].at(-1)?.[1]
    await first.close()
    await tell('sale', operator.organisation.id, { id: 'missed' })
    const again = await hear(operator, lastId)
    await expect.poll(again.text).toContain('missed')
    expect(again.text()).not.toContain('first')
    await again.close()
    const stranger = await hear(operator, 'another-run/3')
    await expect.poll(stranger.text).toContain('event: reset')
    await stranger.close()
  })
})

test('a rate limit counts per key and forgets after its window', () => {
  let now = 0
  const limit = rateLimit({ limit: 2, windowMs: 1000, nowMs: () => now })
  expect([limit.allows('a'), limit.allows('a'), limit.allows('a')]).toEqual([true, true, false])
  expect(limit.allows('b')).toBe(true)
  now = 1000
  expect(limit.allows('a')).toBe(true)
})
