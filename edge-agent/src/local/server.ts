/** The local API and the status page, on 127.0.0.1 only. See docs/wire/local-api.md. */
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { checkAccess, urlOf } from './access.ts'
import { type CallDeps, findCall } from './calls.ts'
import { type Answer, readBody, send } from './exchange.ts'
import { accessRefusals, BAD_BODY, failure, NO_SUCH_CALL } from './refusals.ts'
import { type StreamDeps, serveStreams } from './upgrade.ts'

/** An import would read all its exports, and with one of them load Node's HTTP client: 3 MB. */
const { createServer } = process.getBuiltinModule('node:http')

export type LocalDeps = CallDeps & StreamDeps
export type LocalServer = { url: string; stop(): Promise<void> }

/** Listens on `port`, 0 for any free one. Throws `local.port-taken`. */
export async function startLocalServer(deps: LocalDeps, port: number): Promise<LocalServer> {
  const server = createServer((request, response) => {
    answer(deps, request)
      .catch(failure)
      .then(given => send(response, given))
      .catch(() => response.destroy())
  })
  const streams = serveStreams(server, deps)
  await listen(server, port)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      await streams.stop()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function answer(deps: LocalDeps, request: IncomingMessage): Promise<Answer> {
  const access = checkAccess(request, deps.token)
  if (access !== 'granted') return accessRefusals[access]
  const call = findCall(request.method ?? 'GET', urlOf(request).pathname)
  if (!call) return NO_SUCH_CALL
  const read = await readBody(request)
  return read.ok ? call(deps, read.body) : BAD_BODY
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
