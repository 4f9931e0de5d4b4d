/**
 * Live updates for open dashboards by server-sent events: PostgreSQL notifications, passed on to
 * those who may see the machine they speak of. A browser that comes back names the last event it
 * had; what is still in memory since then is sent again, and if that is not all, a `reset` event
 * tells it to load its page anew.
 */
import { randomUUID } from 'node:crypto'
import type { Response } from 'express'
import { z } from 'zod'
import type { Db } from '../db/db.ts'
import { type HandlerDeps, refuse } from './handler.ts'
import { defineRoute, problem, type Route } from './route.ts'

const notification = z.object({
  operatorId: z.uuid().nullable(),
  deviceId: z.string().nullable(),
  type: z.string().regex(/^[a-z-]{1,40}$/),
  payload: z.unknown(),
})
type Notification = z.infer<typeof notification> & { number: number }

const KEPT = 500
const MOST_SUBSCRIBERS = 2_000
const HEARTBEAT_MS = 20_000
/** How long an answer about who may see what is reused; a revoked grant shows this much longer. */
const SIGHT_MS = 10_000
const MOST_REMEMBERED = 10_000
const MOST_QUEUED = 1_000

export type Live = { routes: Route[]; close(): Promise<void> }

export type LiveDeps = Pick<HandlerDeps, 'db' | 'sessionOf'> & { heartbeatMs?: number }

export async function startLive({ db, sessionOf, heartbeatMs }: LiveDeps): Promise<Live> {
  const run = randomUUID()
  const kept: Notification[] = []
  const subscribers = new Set<Subscriber>()
  let number = 0
  const stop = await db.listen('live', text => {
    const parsed = notification.safeParse(parseJson(text))
    if (!parsed.success) return
    number += 1
    const event = { ...parsed.data, number }
    kept.push(event)
    if (kept.length > KEPT) kept.shift()
    for (const subscriber of subscribers) subscriber.offer(event)
  })
  const heartbeat = setInterval(() => {
    for (const subscriber of subscribers) subscriber.beat()
  }, heartbeatMs ?? HEARTBEAT_MS)

  const route = defineRoute({
    method: 'get',
    path: '/api/v1/live',
    summary: 'Events as they happen, as server-sent events',
    access: 'session',
    produces: 'text/event-stream',
    streaming: true,
    handle({ session, req, res }) {
      if (subscribers.size >= MOST_SUBSCRIBERS) {
        refuse(res, full)
        return undefined
      }
      const isSignedIn = async () => (await sessionOf(req, false)) !== null
      const subscriber = subscribe({ db, org: session.organisation.id, run, isSignedIn }, res)
      subscribers.add(subscriber)
      res.once('close', () => subscribers.delete(subscriber))
      resume(subscriber, req.headers['last-event-id'])
      return undefined
    },
  })

  function resume(subscriber: Subscriber, last: string | string[] | undefined): void {
    if (typeof last !== 'string' || last === '') return
    const [lastRun, lastNumber] = last.split('/')
    const oldest = kept[0]?.number ?? number + 1
    if (lastRun !== run || Number(lastNumber) + 1 < oldest) subscriber.reset()
    else for (const event of kept) if (event.number > Number(lastNumber)) subscriber.offer(event)
  }

  return {
    routes: [route],
    async close() {
      clearInterval(heartbeat)
      await stop()
      for (const subscriber of subscribers) subscriber.end()
    },
  }
}

const full = problem(503, 'live.full', 'Too many pages are open.', 'Close some and reload.')

type Subscriber = {
  offer(event: Notification): void
  beat(): void
  reset(): void
  end(): void
}

type Reader = { db: Db; org: string; run: string; isSignedIn(): Promise<boolean> }

function subscribe({ db, org, run, isSignedIn }: Reader, res: Response): Subscriber {
  const maySee = sight(db, org)
  let queued = 0
  let last = Promise.resolve()
  res.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  res.write('retry: 1000\n\n')

  async function pass(event: Notification): Promise<void> {
    queued -= 1
    if (!(await maySee(event))) return
    const data = JSON.stringify({ deviceId: event.deviceId, payload: event.payload })
    res.write(`id: ${run}/${event.number}\nevent: ${event.type}\ndata: ${data}\n\n`)
  }

  return {
    offer(event) {
      // A page that does not read, or whose questions do not get answered, comes back and resumes.
      if (queued >= MOST_QUEUED || res.writableLength > 1_000_000) return void res.destroy()
      queued += 1
      last = last.then(() => pass(event)).catch(() => void res.destroy())
    },
    // Whoever signed out, or was locked out, hears no more than one heartbeat longer.
    beat() {
      res.write(': still here\n\n')
      isSignedIn().then(
        is => void (is || res.end()),
        () => undefined,
      )
    },
    reset: () => void res.write('event: reset\ndata: {}\n\n'),
    end: () => void res.end(),
  }
}

/** Asks the database what row-level security would say, and remembers it for a moment. */
function sight(db: Db, org: string) {
  const known = new Map<string, { seen: boolean; until: number }>()
  return async ({ operatorId, deviceId }: Notification): Promise<boolean> => {
    if (operatorId === null) return true
    const key = `${operatorId} ${deviceId}`
    const cached = known.get(key)
    if (cached !== undefined && cached.until > performance.now()) return cached.seen
    const [row] = await db.withTenant(
      org,
      tx => tx.query<{ seen: boolean }>('select can_see($1, $2) as seen', [operatorId, deviceId]),
      { idempotent: true },
    )
    const seen = row?.seen === true
    if (known.size >= MOST_REMEMBERED) known.clear()
    known.set(key, { seen, until: performance.now() + SIGHT_MS })
    return seen
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
