/**
 * The HTTP side of a cloud process: features' routes, the OpenAPI document, health, and the
 * dashboard's files for every other address.
 */
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { fail, type HandlerDeps, refuse, routeHandler } from './handler.ts'
import { openApiDocument } from './openapi.ts'
import { packedFiles } from './packed-files.ts'
import { problem, type Route } from './route.ts'
import { securityHeaders } from './security.ts'

export type AppDeps = HandlerDeps & {
  routes: readonly Route[]
  /** Where people reach this cloud, for the document. */
  publicUrl: string
  /** Whose X-Forwarded-For is believed, as addresses or networks; this machine's when absent. */
  proxies?: readonly string[]
  /** Built dashboard; absent on processes that serve only the API. */
  dashboardDir?: string
  /** What is wrong though requests are served, for people who look at `/readyz`. */
  problems?: () => readonly string[]
}

const JSON_LIMIT = '256kb'
const RAW_LIMIT = '1mb'

export function createApp(deps: AppDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', deps.proxies ?? 'loopback')
  app.use(securityHeaders)
  mountHealth(app, deps)
  for (const route of deps.routes) {
    const parse =
      route.raw === true
        ? express.raw({ type: () => true, limit: RAW_LIMIT })
        : express.json({ limit: JSON_LIMIT })
    app[route.method](route.path, parse, routeHandler(route, deps))
  }
  const document = openApiDocument(deps.routes, deps.publicUrl)
  app.get('/api/v1/openapi.json', (_req, res) => {
    res.json(document)
  })
  app.use(['/api', '/log', '/webhooks'], (_req, res) => refuse(res, noSuchAddress))
  if (deps.dashboardDir !== undefined) mountDashboard(app, deps.dashboardDir)
  app.use(onError(deps))
  return app
}

/**
 * `/livez` says only that the process turns; `/readyz` also asks the database. A process with
 * problems that serves all the same stays ready, because taking it away would make things worse.
 */
function mountHealth(app: Express, { db, problems = () => [] }: AppDeps): void {
  app.get('/livez', (_req, res) => {
    res.type('text').send('ok')
  })
  app.get('/readyz', async (_req, res) => {
    try {
      await db.withSystem(tx => tx.query('select 1'))
      const known = problems().map(text => `problem: ${text}`)
      res.type('text').send(['ok', ...known].join('\n'))
    } catch {
      res.status(503).type('text').send('the database does not answer')
    }
  })
}

/** Files with a hash in their name never change; every unknown address is the app's to show. */
function mountDashboard(app: Express, dir: string): void {
  const oneYear = { immutable: true, maxAge: '365d' }
  app.use('/assets', packedFiles(join(dir, 'assets'), oneYear))
  app.use('/assets', express.static(join(dir, 'assets'), { ...oneYear, fallthrough: false }))
  app.use(express.static(dir, { index: false }))
  app.get('/*path', sendIndex)
  app.get('/', sendIndex)

  function sendIndex(_req: express.Request, res: express.Response, next: express.NextFunction) {
    res.sendFile(join(dir, 'index.html'), { headers: { 'cache-control': 'no-cache' } }, error => {
      if (error) next(error)
    })
  }
}

function onError({ log }: AppDeps): ErrorRequestHandler {
  return (error: { status?: unknown; type?: unknown }, req, res, _next) => {
    const { status } = error
    if (status === 404) refuse(res, noSuchAddress)
    else if (typeof status === 'number' && status < 500) refuse(res, unreadable(status))
    else fail(log, req, res, error)
  }
}

const noSuchAddress = problem(
  404,
  'http.unknown-address',
  'There is nothing at this address.',
  'See /api/v1/openapi.json for what there is.',
)

function unreadable(status: number) {
  return problem(
    status,
    'http.unreadable',
    'The body of the request cannot be read.',
    'Send JSON of at most 256 KB.',
  )
}

export type HttpServer = { port: number; close(): Promise<void> }

/** Listens on `port` (0 takes any that is free). Closing ends open streams too. */
export async function listen(app: Express, host: string, port: number): Promise<HttpServer> {
  const server = createServer(app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause => reject(cannotListen(host, port, cause)))
    server.listen(port, host, resolve)
  })
  return { port: boundPort(server), close: () => closeServer(server) }
}

function boundPort(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function cannotListen(host: string, port: number, cause: unknown): TillproofError {
  return new TillproofError(
    'http.cannot-listen',
    `cannot listen on ${host}:${port}`,
    'stop what uses the port, or choose another one',
    { cause },
  )
}
