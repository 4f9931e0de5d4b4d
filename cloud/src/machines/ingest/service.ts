/**
 * The ingest role: takes batches from the broker, has each applied, answers on the machine's
 * receipt topic. While the database is away it keeps trying what it holds, so that machines get
 * their receipts late rather than not at all.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ALL_BATCHES, parseTopic, topicOf } from '@tillproof/shared/wire/topics.ts'
import { isPassing } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import { type IngestDeps, ingest } from './ingest.ts'
import { type Link, type LinkOptions, openLink } from './link.ts'
import { turns } from './turns.ts'

export type IngestServiceOptions = {
  ingest: IngestDeps
  broker: Pick<LinkOptions, 'host' | 'port' | 'tls'>
  log: Log
}
export type IngestService = { connected(): boolean; close(): Promise<void> }

const LIMITS = { atOnce: 8, waitingPerKey: 64, waitingBytes: 64 * 1024 * 1024 }
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 3_000

export function startIngest({ ingest: deps, broker, log }: IngestServiceOptions): IngestService {
  const queue = turns(LIMITS)
  const stopped = new AbortController()
  const link: Link = openLink({
    ...broker,
    name: 'ingest',
    topics: [ALL_BATCHES],
    log,
    onMessage(topic, payload) {
      const device = parseTopic(topic)?.device
      if (device === undefined) return
      const taken = queue.add(device, payload.length, () => serve(device, payload))
      if (!taken) log('warn', 'batch dropped, too much is waiting', { device })
    },
  })

  async function serve(device: string, payload: Uint8Array): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !stopped.signal.aborted; pauseMs *= 2) {
      try {
        const message = await ingest(deps, device, payload)
        await link.publish(topicOf(device, 'receipt'), JSON.stringify(message))
        return
      } catch (error) {
        const reason = (error as Error).stack
        log('warn', 'batch not applied', { device, reason })
        // A fault of ours would come again at once; the machine's own patience spaces it out.
        if (!isPassing(error)) return
      }
      await sleep(Math.min(pauseMs, LONGEST_PAUSE_MS))
    }
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
