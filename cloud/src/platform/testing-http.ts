/** The HTTP app for tests: real sockets, real routes; who asks is said by the test. */
import { randomUUID } from 'node:crypto'
import type { Db } from './db/db.ts'
import { type AppDeps, createApp, listen } from './http/app.ts'
import type { Route, Session } from './http/route.ts'

export type TestAnswer = { status: number; body: unknown; headers: Headers }
export type TestApp = {
  url: string
  /** Sends a request as `session` (null: nobody); a body that is given is sent as JSON. */
  ask(session: Session | null, method: string, path: string, body?: unknown): Promise<TestAnswer>
  close(): Promise<void>
}

/** @param rest replaces parts, for example `sessionOf` to test real cookies. */
export async function testApp(
  db: Db,
  routes: Route[],
  rest: Partial<AppDeps> = {},
): Promise<TestApp> {
  const sessions = new Map<string, Session>()
  const app = createApp({
    db,
    routes,
    log: () => undefined,
    publicUrl: 'http://localhost',
    sessionOf: async req => sessions.get(String(req.headers['x-test-session'])) ?? null,
    ...rest,
  })
  const server = await listen(app, '127.0.0.1', 0)
  const url = `http://127.0.0.1:${server.port}`
  return {
    url,
    async ask(session, method, path, body) {
      const key = randomUUID()
      if (session !== null) sessions.set(key, session)
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'x-test-session': key },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const { status, headers } = response
      return { status, headers, body: await bodyOf(response) }
    },
    close: server.close,
  }
}

/** Of CBOR its bytes, of anything else the JSON in it. */
async function bodyOf(response: Response): Promise<unknown> {
  if (response.headers.get('content-type') === 'application/cbor') {
    return new Uint8Array(await response.arrayBuffer())
  }
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
}

/** An organisation with one user, and that user's session. */
export async function testSession(
  db: Db,
  kind: Session['organisation']['kind'],
  role: Session['role'] = 'admin',
): Promise<Session> {
  const name = `${kind} ${randomUUID()}`
  const email = `${randomUUID()}@example.test`
  const [row] = await db.withSystem(tx =>
    tx.query<{ user_id: string; organisation_id: string }>(
      `with o as (insert into organisations (name, kind) values ($1, $2) returning id)
       insert into users (organisation_id, email, name, role, password_hash)
       select id, $3, 'Test', $4, 'none' from o
       returning id as user_id, organisation_id`,
      [name, kind, email, role],
    ),
  )
  const organisation = { id: row?.organisation_id ?? '', name, kind }
  return { userId: row?.user_id ?? '', email, name: 'Test', role, organisation }
}
