/** The local API and the status page, on 127.0.0.1 only. See docs/wire/local-api.md. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import express, { type NextFunction, type Request, type Response } from 'express'
import { WebSocketServer } from 'ws'
import type { AuditOutcome, AuditRefusal, AuditRequest } from '../drivers/audit.ts'
import type { AgentStatus } from '../health/status.ts'
import { ticksOf } from '../health/ticks.ts'
import type { AppendResult, EventStore, Journal, RedactRefusal } from '../journal/event-store.ts'
import { checkAccess } from './access.ts'
import { readAuditRequest, readCustomEvent, readRedaction, readTestRequest } from './requests.ts'
import { statusPage } from './status-page.ts'
import { streamEvents } from './stream.ts'

export type LocalDeps = {
  store: EventStore & Pick<Journal, 'redact'>
  log: { deviceId: string; epoch: number }
  token: string
  status(): AgentStatus
  /** Commits a test event, seals, and waits up to `waitMs` for its receipt. */
  recordTest(waitMs: number): Promise<{ index: number; receipted: boolean }>
  /** Reads the machine's audit now. */
  audit(request: AuditRequest): Promise<AuditOutcome>
}
export type LocalServer = { url: string; stop(): Promise<void> }

/** Listens on `port`, 0 for any free one. Throws `local.port-taken`. */
export async function startLocalServer(deps: LocalDeps, port: number): Promise<LocalServer> {
  const server = createServer(localApp(deps))
  const streams = new WebSocketServer({ noServer: true, maxPayload: 1024 })
  server.on('upgrade', (request, socket: Socket, head) => {
    const from = streamStart(request, deps.token)
    if (typeof from === 'string') return void socket.end(`HTTP/1.1 ${from}\r\n\r\n`)
    streams.handleUpgrade(request, socket, head, ws =>
      streamEvents(deps.store, deps.log, ws, from.index),
    )
  })
  await listen(server, port)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const client of streams.clients) client.terminate()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function localApp(deps: LocalDeps) {
  const app = express()
  app.disable('x-powered-by')
  app.use((request, response, next) => {
    const access = checkAccess(request, deps.token)
    if (access === 'granted') return next()
    return access === 'wrong-host'
      ? refuse(response, 403, WRONG_HOST)
      : refuse(response, 401, WRONG_TOKEN)
  })
  app.use(express.json({ limit: '64kb' }))
  app.get('/', (_request, response) => {
    const { html, policy } = statusPage(deps.status(), ticksOf(deps.status()))
    response.set('content-security-policy', policy).set('referrer-policy', 'no-referrer')
    response.type('html').send(html)
  })
  app.get('/v1/status', (_request, response) => void response.json(deps.status()))
  app.get('/v1/ports', (_request, response) => void response.json({ items: deps.status().ports }))
  app.post('/v1/events', (request, response) => recordCustom(deps, request, response))
  app.post('/v1/redactions', (request, response) => redact(deps, request, response))
  app.post('/v1/test-event', async (request, response) => {
    const test = readTestRequest(request.body)
    if ('code' in test) return refuse(response, 400, test)
    return void response.status(201).json(await deps.recordTest(test.waitMs))
  })
  app.post('/v1/audits', async (request, response) => {
    const audit = readAuditRequest(request.body)
    if ('code' in audit) return refuse(response, 400, audit)
    return answerAudit(response, await deps.audit(audit))
  })
  app.use((_request, response) => refuse(response, 404, NO_SUCH_CALL))
  app.use(onError)
  return app
}

async function recordCustom(deps: LocalDeps, request: Request, response: Response): Promise<void> {
  const draft = readCustomEvent(request.body)
  if ('code' in draft) return refuse(response, 400, draft)
  const result: AppendResult = await deps.store.append({ events: [draft] })
  if (!result.ok) return refuse(response, 507, NO_SPACE)
  const [event] = result.events
  if (!event) return refuse(response, 429, TOO_MANY)
  response.status(201).json({ index: event.index })
}

const AUDIT_REFUSALS: Record<AuditRefusal, { status: number; next: string }> = {
  'no-audit-port': {
    status: 409,
    next: 'Give the machine a profile with a DEX or DDCMP port and name its line in agent.yaml.',
  },
  'no-collection': { status: 409, next: 'Ask without a collection.' },
  stopped: { status: 503, next: 'Ask again when the agent runs.' },
  failed: { status: 502, next: 'Look at cable and socket; tillproof agent status shows the port.' },
  'not-recorded': { status: 507, next: 'Free some space on the gateway.' },
}

function answerAudit(response: Response, outcome: AuditOutcome): void {
  if (outcome.ok) return void response.status(201).json(outcome)
  const { status, next } = AUDIT_REFUSALS[outcome.refused]
  const title = `The audit was not read: ${outcome.reason}.`
  refuse(response, status, { code: `audit.${outcome.refused}`, title, next })
}

/** Personal data alone can be taken out of the journal, and only with an event that says so. */
async function redact(deps: LocalDeps, request: Request, response: Response): Promise<void> {
  const asked = readRedaction(request.body)
  if ('code' in asked) return refuse(response, 400, asked)
  const result = await deps.store.redact(asked.index, asked.reason)
  if (result.ok) return void response.status(201).json({ index: result.index })
  const { status, problem } = redactRefusals[result.refused]
  refuse(response, status, problem)
}

function refuse(response: Response, status: number, problem: Problem): void {
  response.status(status).json(problem)
}

function onError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  if (error instanceof TillproofError) {
    const status = error.code === 'event.invalid' ? 400 : 503
    refuse(response, status, { code: error.code, title: error.message, next: error.next })
  } else {
    refuse(response, 400, BAD_BODY)
  }
}

/** Where a stream begins, or the HTTP status line that refuses it. */
function streamStart(request: IncomingMessage, token: string): { index?: number } | string {
  const url = new URL(request.url ?? '/', 'http://local')
  const access = checkAccess(request, token)
  if (access !== 'granted') return access === 'wrong-host' ? '403 Forbidden' : '401 Unauthorized'
  if (url.pathname !== '/v1/events') return '404 Not Found'
  const from = url.searchParams.get('from')
  if (from === null) return {}
  return /^\d{1,15}$/.test(from) ? { index: Number(from) } : '400 Bad Request'
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause => reject(portTaken(port, cause)))
    server.listen(port, '127.0.0.1', resolve)
  })
}

function portTaken(port: number, cause: unknown): TillproofError {
  return new TillproofError(
    'local.port-taken',
    `The local API cannot listen on 127.0.0.1:${port}.`,
    'Set local.port in agent.yaml to 0 or to a free port.',
    { cause },
  )
}

const WRONG_HOST = {
  code: 'local.wrong-host',
  title: 'This API answers only to its local name.',
  next: 'Use http://127.0.0.1 and the port in local.json.',
}
const WRONG_TOKEN = {
  code: 'local.wrong-token',
  title: 'The token is missing or wrong.',
  next: 'Send the text of the file local.token as "Authorization: Bearer <token>".',
}
const NO_SUCH_CALL = {
  code: 'local.no-such-call',
  title: 'There is no such call.',
  next: 'See docs/wire/local-api.md.',
}
const BAD_BODY = {
  code: 'local.bad-body',
  title: 'The body is not JSON of at most 64 KiB.',
  next: 'See docs/wire/local-api.md.',
}
const NO_SPACE = {
  code: 'journal.disk-full',
  title: 'The event was not kept: the disk is full.',
  next: 'Free some space on the gateway.',
}
const redactRefusals: Readonly<Record<RedactRefusal, { status: number; problem: Problem }>> = {
  'no-such-event': {
    status: 404,
    problem: {
      code: 'journal.no-such-event',
      title: 'There is no such event in this journal.',
      next: 'Look the index up in the event stream or on the dashboard.',
    },
  },
  'nothing-sealed': {
    status: 409,
    problem: {
      code: 'journal.nothing-sealed',
      title: 'This event has no sealed part: it never had one, or it is gone already.',
      next: 'Nothing is left to be done here.',
    },
  },
  'disk-full': { status: 507, problem: NO_SPACE },
}
const TOO_MANY = {
  code: 'journal.shed',
  title: 'The event was not kept: too many of its kind in this hour, or the disk runs full.',
  next: 'Send fewer, or raise journal.telemetryPerHour in agent.yaml. A gap event tells of it.',
}
