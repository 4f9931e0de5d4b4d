/**
 * The witness over HTTP: `POST /add-checkpoint` for logs, a status page for people at `/`.
 * Requests are handled one after another, because reading and writing the state is synchronous.
 */
import { createServer, type Server } from 'node:http'
import express, { type Express, type Response } from 'express'
import { addCheckpoint, type Outcome } from './add-checkpoint.ts'
import { MAX_REQUEST_BYTES } from './request.ts'
import { statusOf, statusPage } from './status.ts'
import type { OpenWitness } from './witness-dir.ts'

export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void

export type RunningWitness = { url: string; stop(): Promise<void> }

/** @param port 0 takes a free one; `host` decides who can reach the witness */
export async function serveWitness(
  witness: OpenWitness,
  options: { port: number; host: string; log: Log },
): Promise<RunningWitness> {
  const server = createServer(witnessApp(witness, options.log))
  await listen(server, options)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return {
    url: `http://${options.host}:${port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      witness.state.close()
    },
  }
}

function witnessApp(witness: OpenWitness, log: Log): Express {
  const app = express()
  app.disable('x-powered-by')
  const body = express.raw({ type: () => true, limit: MAX_REQUEST_BYTES })
  app.post('/add-checkpoint', body, (req, res) => {
    const bytes = req.body instanceof Uint8Array ? req.body : new Uint8Array()
    const outcome = addCheckpoint(witness, bytes, Math.floor(Date.now() / 1000))
    report(outcome, log)
    send(res, outcome)
  })
  app.get('/', (_req, res) => {
    res.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
    res.type('html').send(statusPage(statusOf(witness)))
  })
  app.get('/status', (_req, res) => {
    res.json(statusOf(witness))
  })
  return app
}

/** Status codes of tlog-witness, one for each outcome. */
const statusCodes: Readonly<Record<Outcome['answer'], number>> = {
  cosigned: 200,
  malformed: 400,
  'old-size-too-large': 400,
  untrusted: 403,
  'unknown-log': 404,
  stale: 409,
  fork: 409,
  'bad-proof': 422,
}

function send(res: Response, outcome: Outcome): void {
  res.status(statusCodes[outcome.answer])
  if (outcome.answer === 'cosigned') {
    res.type('text/plain').send(outcome.line)
  } else if ('latest' in outcome) {
    // Written out by hand, because express would add a charset to the type.
    res.setHeader('content-type', 'text/x.tlog.size')
    res.end(`${outcome.latest}\n`)
  } else {
    res.type('text/plain').send(`${outcome.answer}\n`)
  }
}

function report(outcome: Outcome, log: Log): void {
  const { answer, ...facts } = outcome
  if (answer === 'cosigned') {
    log('info', 'cosigned', { size: outcome.size })
  } else {
    const isAlarming = answer === 'fork' || answer === 'bad-proof'
    log(isAlarming ? 'error' : 'warn', `refused: ${answer}`, facts)
  }
}

function listen(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}
