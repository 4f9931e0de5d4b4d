/** One request's way through a route: who asks, may they, is it well formed, answer. */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Request, RequestHandler, Response } from 'express'
import type { z } from 'zod'
import type { Db } from '../db/db.ts'
import type { Log } from '../db/pool.ts'
import { clientAddress } from './client-address.ts'
import { rateLimit } from './rate-limit.ts'
import {
  type Access,
  problem,
  type Refused,
  type Reply,
  type Route,
  type Session,
} from './route.ts'
import { isCrossSite } from './security.ts'

export type HandlerDeps = {
  db: Db
  log: Log
  /** @param isUse false only asks; it does not put off the end of an idle session */
  sessionOf(req: Request, isUse?: boolean): Promise<Session | null>
}

export function routeHandler(route: Route, deps: HandlerDeps): RequestHandler {
  const limit =
    route.limitPerMinute === undefined
      ? undefined
      : rateLimit({ limit: route.limitPerMinute, windowMs: 60_000 })
  return async (req, res) => {
    try {
      if (limit?.allows(clientAddress(req)) === false) return refuse(res, tooMany)
      await answer(route, deps, req, res)
    } catch (error) {
      fail(deps.log, req, res, error)
    }
  }
}

async function answer(route: Route, deps: HandlerDeps, req: Request, res: Response): Promise<void> {
  if (isCrossSite(req) && route.raw !== true) return refuse(res, crossSite)
  const session = route.access === 'public' ? null : await deps.sessionOf(req)
  const refusal = mayEnter(route.access, session)
  if (refusal !== undefined) return refuse(res, refusal)
  const input = readInput(route, req)
  if ('refused' in input) return refuse(res, input)
  const context = { db: deps.db, session, req, res, ...input }
  const result = await route.handle(context as never)
  if (route.streaming !== true) send(route, res, result)
}

function mayEnter(access: Access, session: Session | null): Refused | undefined {
  if (access === 'public') return undefined
  if (session === null) return signInFirst
  if (access === 'session') return undefined
  const roleFits = access.roles?.includes(session.role) ?? true
  const kindFits = access.kinds?.includes(session.organisation.kind) ?? true
  return roleFits && kindFits ? undefined : notAllowed
}

type Input = { params: unknown; query: unknown; body: unknown; raw: Buffer }

function readInput(route: Route, req: Request): Input | Refused {
  const raw = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
  const params = route.params?.safeParse(req.params)
  const query = route.query?.safeParse(req.query)
  const body = route.raw === true ? undefined : route.body?.safeParse(req.body ?? {})
  const faults = [
    ...faultsOf('path', params),
    ...faultsOf('query', query),
    ...faultsOf('body', body),
  ]
  if (faults.length > 0) return malformed(faults)
  return { params: params?.data, query: query?.data, body: body?.data, raw }
}

type Fault = { in: string; path: string; message: string }

function faultsOf(place: string, result: z.ZodSafeParseResult<unknown> | undefined): Fault[] {
  if (hasNul(result?.data)) return [{ in: place, path: '', message: 'holds a NUL' }]
  return (result?.error?.issues ?? []).map(issue => ({
    in: place,
    path: issue.path.join('.'),
    message: issue.message,
  }))
}

/** PostgreSQL's text knows no NUL: without this, a stranger's request would end as our fault. */
function hasNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\u0000')
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNul)
}

function send(route: Route, res: Response, result: unknown): void {
  if (isMarked<Refused>(result, 'refused')) {
    refuse(res, result)
    return
  }
  if (isMarked<Reply>(result, 'reply')) {
    res.status(result.status).set(result.headers)
    res.end(result.body)
    return
  }
  if (route.response === undefined) {
    res.status(204).end()
    return
  }
  res.status(route.status ?? 200).json(route.response.parse(result))
}

function isMarked<T>(value: unknown, mark: string): value is T {
  return typeof value === 'object' && value !== null && Reflect.get(value, mark) === true
}

export function refuse(res: Response, refusal: Refused): void {
  const { status, code, title, next, detail } = refusal
  const body: Problem = { code, title, next, ...(detail === undefined ? {} : { detail }) }
  res.status(status).type('application/problem+json').send(JSON.stringify(body))
}

/** A fault of ours: logged with its cause, answered without it. */
export function fail(log: Log, req: Request, res: Response, error: unknown): void {
  const away = error instanceof TillproofError && error.code === 'database.unavailable'
  const reason = error instanceof Error ? error.stack : String(error)
  log('error', 'request failed', { method: req.method, path: req.path, reason })
  if (res.headersSent) res.destroy()
  else refuse(res, away ? databaseAway : broken)
}

const signInFirst = problem(401, 'session.required', 'You are not signed in.', 'Sign in first.')
const notAllowed = problem(
  403,
  'session.not-allowed',
  'Your role or organisation may not do this.',
  'Ask an administrator of the organisation that may.',
)
const crossSite = problem(
  403,
  'http.cross-site',
  'The request came from another site.',
  'Use the dashboard at its own address.',
)
const tooMany = problem(
  429,
  'http.too-many-requests',
  'Too many requests from this address.',
  'Wait a minute and try again.',
)
const databaseAway = problem(
  503,
  'database.unavailable',
  'The database does not answer at the moment.',
  'Try again in a few seconds.',
)
const broken = problem(
  500,
  'http.internal',
  'Something is broken on our side.',
  'Try again; if it stays so, tell the people who run this cloud the time of day.',
)

function malformed(faults: Fault[]): Refused {
  return problem(
    400,
    'http.malformed',
    'The request is not as this address expects it.',
    'Correct what is listed and send it again.',
    faults,
  )
}
