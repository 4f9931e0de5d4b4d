/** TCP ports of the demo: the wished one when it is free, else the next that is. */
import { createServer } from 'node:net'
import { TillproofError } from '@tillproof/shared/errors.ts'

const farthest = 200

/** The first free port at or after `wished` on `host`, leaving out those in `taken`. */
export async function freePort(
  wished: number,
  taken: ReadonlySet<number> = new Set(),
  host = '127.0.0.1',
): Promise<number> {
  for (let port = wished; port < wished + farthest && port < 65_536; port++) {
    if (!taken.has(port) && (await isFree(port, host))) return port
  }
  throw new TillproofError(
    'demo.no-port',
    `no port is free from ${wished} to ${wished + farthest}`,
    'choose another one with --port',
  )
}

function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
