/**
 * Keeps the broker's live sessions and the database agreed: machines are marked as connected or
 * not, and sessions whose certificate no longer counts are ended. It runs soon after each change,
 * when a revocation is announced, and from time to time in case an announcement was lost.
 */
import type { Client } from 'aedes'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Log } from '../../platform/db/pool.ts'
import type { Identity } from './acl.ts'

export type Session = {
  identity: Identity
  fingerprint: Uint8Array
  /** The chain of answers to a claim's questions, so that they come in order. */
  answering: Promise<void>
  asked: number
}

const SOON_MS = 200
const EVERY_MS = 30_000

export function watchSessions(options: { db: Db; log: Log; sessions: Map<Client, Session> }) {
  const { db, log, sessions } = options
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined
  /** How soon the next look was asked for; the soonest counts, so that none is put off for ever. */
  let askedMs = Number.POSITIVE_INFINITY
  let closed = false

  function plan(afterMs: number): void {
    if (closed || afterMs >= askedMs) return
    askedMs = afterMs
    if (working === undefined) wait()
  }

  function wait(): void {
    clearTimeout(timer)
    timer = setTimeout(run, askedMs)
  }

  function run(): void {
    askedMs = EVERY_MS
    working = reconcile(db, sessions)
      .catch((error: Error) => log('warn', 'sessions not checked', { reason: error.message }))
      .then(() => {
        working = undefined
        if (!closed) wait()
      })
  }

  const listening = db.listen('certificates', () => plan(0))
  plan(0)
  return {
    changed: () => plan(SOON_MS),
    async close() {
      closed = true
      clearTimeout(timer)
      await (await listening)()
      await working
      await db.withSystem(tx => markConnected(tx, [])).catch(() => undefined)
    },
  }
}

async function reconcile(db: Db, sessions: Map<Client, Session>): Promise<void> {
  const clients = [...sessions].filter(([, session]) => session.identity.kind !== 'service')
  const fingerprints = clients.map(([, session]) => session.fingerprint)
  const devices = clients.flatMap(([, { identity }]) =>
    identity.kind === 'device' ? [identity.deviceId] : [],
  )
  const live = await db.withSystem(async tx => {
    await markConnected(tx, devices)
    return liveFingerprints(tx, fingerprints)
  })
  for (const [client, { fingerprint }] of clients) {
    if (!live.has(Buffer.from(fingerprint).toString('hex'))) client.close()
  }
}

async function markConnected(tx: Tx, devices: readonly string[]): Promise<void> {
  await tx.query(
    `update devices set connected_at = null, seen_at = now()
     where connected_at is not null and id <> all ($1)`,
    [devices],
  )
  await tx.query(
    'update devices set connected_at = now() where connected_at is null and id = any ($1)',
    [devices],
  )
}

async function liveFingerprints(tx: Tx, fingerprints: Uint8Array[]): Promise<Set<string>> {
  if (fingerprints.length === 0) return new Set()
  const rows = await tx.query<{ fingerprint: Buffer }>(
    `select c.fingerprint from certificates c left join devices d on d.id = c.device_id
     where c.fingerprint = any ($1) and c.revoked_at is null and c.expires_at > now()
       and (c.device_id is null or d.status <> 'retired')`,
    [fingerprints],
  )
  return new Set(rows.map(row => row.fingerprint.toString('hex')))
}
