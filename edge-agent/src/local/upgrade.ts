/**
 * Requests that become WebSockets: readers of the event stream. The library is loaded when the
 * first of them comes, because most gateways have none.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocketServer } from 'ws'
import type { EventStore } from '../journal/event-store.ts'
import { checkAccess, urlOf } from './access.ts'
import { streamEvents } from './stream.ts'

export type StreamDeps = {
  store: EventStore
  log: { deviceId: string; epoch: number }
  token: string
}

/** Readers send nothing that matters. */
const MAX_MESSAGE_BYTES = 1024

/** `stop` cuts off all readers; new ones are not let in any more. */
export function serveStreams(server: Server, deps: StreamDeps): { stop(): Promise<void> } {
  let streams: Promise<WebSocketServer> | undefined
  let isStopped = false
  server.on('upgrade', (request, socket: Socket, head) => {
    // It belongs to nobody until the library has it, and a reset would end the agent.
    socket.on('error', () => socket.destroy())
    const start = streamStart(request, deps.token)
    if (typeof start === 'string') return void socket.end(`HTTP/1.1 ${start}\r\n\r\n`)
    streams ??= loadStreams()
    streams
      .then(loaded => {
        if (isStopped) socket.destroy()
        else
          loaded.handleUpgrade(request, socket, head, ws =>
            streamEvents(deps.store, deps.log, ws, start.index),
          )
      })
      .catch(() => socket.destroy())
  })
  return {
    async stop() {
      isStopped = true
      for (const client of (await streams)?.clients ?? []) client.terminate()
    },
  }
}

async function loadStreams(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws')
  return new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
}

/** Where a stream begins, or the HTTP status line that refuses it. */
function streamStart(request: IncomingMessage, token: string): { index?: number } | string {
  const access = checkAccess(request, token)
  if (access !== 'granted') return access === 'wrong-host' ? '403 Forbidden' : '401 Unauthorized'
  const { pathname, searchParams } = urlOf(request)
  if (pathname !== '/v1/events') return '404 Not Found'
  const from = searchParams.get('from')
  if (from === null) return {}
  return /^\d{1,15}$/.test(from) ? { index: Number(from) } : '400 Bad Request'
}
