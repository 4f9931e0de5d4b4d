/**
 * One connection that listens to PostgreSQL notifications and comes back by itself.
 * A notification is only a hint: what was sent while the connection was away is lost, so whoever
 * must not miss a change also looks at the tables.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Log } from './pool.ts'

type Callback = (payload: string) => void

const RECONNECT_MS = 500

export function listener(url: string, log: Log) {
  const callbacks = new Map<string, Set<Callback>>()
  let client: pg.Client | undefined
  let connecting: Promise<void> | undefined
  let closed = false

  async function connect(): Promise<void> {
    while (!closed) {
      try {
        client = await connected()
        return
      } catch (error) {
        log('warn', 'cannot listen to the database', { reason: (error as Error).message })
        await sleep(RECONNECT_MS, undefined, { ref: false })
      }
    }
  }

  async function connected(): Promise<pg.Client> {
    const next = new pg.Client({ connectionString: url, keepAlive: true })
    next.on('error', () => lost(next))
    next.on('end', () => lost(next))
    next.on('notification', ({ channel, payload }) => {
      for (const callback of callbacks.get(channel) ?? []) callback(payload ?? '')
    })
    await next.connect()
    for (const channel of callbacks.keys()) await next.query(`listen ${quoted(channel)}`)
    return next
  }

  function lost(which: pg.Client): void {
    if (which !== client || closed) return
    client = undefined
    connecting = connect()
  }

  return {
    async listen(channel: string, fn: Callback): Promise<() => Promise<void>> {
      const known = callbacks.get(channel)
      if (known !== undefined) known.add(fn)
      else callbacks.set(channel, new Set([fn]))
      connecting ??= connect()
      await connecting
      if (known === undefined) await client?.query(`listen ${quoted(channel)}`)
      return async () => {
        callbacks.get(channel)?.delete(fn)
      }
    },
    async close(): Promise<void> {
      closed = true
      await client?.end()
    },
  }
}

function quoted(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`
}
