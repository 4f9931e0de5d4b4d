/**
 * The ingest role: takes batches from the broker, has each applied, answers on the machine's
 * receipt topic. While the database is away it keeps trying what it holds, so that machines get
 * their receipts late rather than not at all.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReceiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { ALL_BATCHES, parseTopic, topicOf } from '@tillproof/shared/wire/topics.ts'
import { isPassing } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import { type Arrival, type IngestDeps, ingestTogether } from './ingest.ts'
import { type Link, type LinkOptions, openLink } from './link.ts'
import { turns } from './turns.ts'

export type IngestServiceOptions = {
  ingest: IngestDeps
  broker: Pick<LinkOptions, 'host' | 'port' | 'tls'>
  log: Log
}
export type IngestService = { connected(): boolean; close(): Promise<void> }

/** Two groups, so that one is checked while the database takes the other. */
export const INGEST_LIMITS = {
  atOnce: 2,
  together: 32,
  waitingPerKey: 64,
  waitingBytes: 64 * 1024 * 1024,
}
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3_000

export function startIngest({ ingest: deps, broker, log }: IngestServiceOptions): IngestService {
  const queue = turns(INGEST_LIMITS, serve)
  const stopped = new AbortController()
  const link: Link = openLink({
    ...broker,
    name: 'ingest',
    topics: [ALL_BATCHES],
    log,
    onMessage(topic, payload) {
      const device = parseTopic(topic)?.device
      if (device === undefined) return
      const taken = queue.add(device, payload.length, { deviceId: device, payload })
      if (!taken) log('warn', 'batch dropped, too much is waiting', { device })
    },
  })

  async function serve(arrivals: Arrival[]): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !stopped.signal.aborted; pauseMs *= 2) {
      try {
        const messages = await ingestTogether(deps, arrivals)
        await Promise.all(messages.map((message, at) => answer(arrivals[at]?.deviceId, message)))
        return
      } catch (error) {
        const devices = arrivals.map(({ deviceId }) => deviceId)
        log('warn', 'batches not applied', { devices, reason: (error as Error).stack })
        // A fault of ours would come again at once: alone, a batch takes no other with it.
        if (!isPassing(error)) return arrivals.length > 1 ? serveEach(arrivals) : undefined
      }
      await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS))
    }
  }

  async function serveEach(arrivals: readonly Arrival[]): Promise<void> {
    for (const arrival of arrivals) await serve([arrival])
  }

  async function answer(deviceId: string | undefined, message: ReceiptMessage): Promise<void> {
    if (deviceId === undefined) return
    await link.publish(topicOf(deviceId, 'receipt'), JSON.stringify(message))
  }

  return {
    connected: link.connected,
    async close() {
      stopped.abort()
      await queue.idle()
      await link.close()
    },
  }
}
