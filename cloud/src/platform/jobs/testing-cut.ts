/**
 * A wire to a server that is cut once, at a chosen moment of the talk: with the n-th thing a client
 * says all connections break, and for a while new ones are refused. What kill -9 hits now and then
 * by chance is hit so each time.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type CutWire = {
  port: number
  /** True once it was cut. */
  wasCut(): boolean
  close(): Promise<void>
}

/** Long enough for a client to try again in vain, more than once. */
const AWAY_MS = 400

/** @param cutAt number, from 1, of the chunk of bytes from any client that is lost */
export async function cutWire(target: URL, cutAt: number): Promise<CutWire> {
  const sockets = new Set<Socket>()
  let said = 0
  const server = createServer(client => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(from)
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
    upstream.on('data', chunk => client.write(chunk))
    client.on('data', chunk => {
      said += 1
      if (said === cutAt) cut()
      else upstream.write(chunk)
    })
  })

  function cut(): void {
    server.close()
    for (const socket of sockets) socket.destroy()
    setTimeout(() => server.listen(port, '127.0.0.1'), AWAY_MS)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    wasCut: () => said >= cutAt,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
