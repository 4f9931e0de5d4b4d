/**
 * Audits of a machine by its DEX or DDCMP socket: at power-up, every so often, after the door was
 * closed, and when somebody asks. One at a time; what fails is a fact with its reason, and is tried
 * again sooner than the next one is due.
 */
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog, PortStatus } from '../ports/port.ts'
import { type AuditProtocol, type AuditRun, bookAudit, bookFailure } from '../session/audit-book.ts'
import { lifeKeyOf } from '../session/audit-life.ts'
import { auditFileName, keepAudit } from './audit-files.ts'
import { readAuditBytes } from './audit-read.ts'

export type AuditOptions = {
  store: EventStore
  clock: Clock
  log: PortLog
  /** Folder of the audit files, made when missing. */
  folder: string
  port: string
  protocol: AuditProtocol
  path: string
  baudRate: number
  everyMs: number
}

export type AuditRequest = {
  /** Sets the operator's interval counters back (DDCMP's list 1); it names who asked for it. */
  collection?: { requestedBy: string }
  /** The cloud's order that it answers. */
  order?: string
}

export type AuditOutcome =
  | {
      ok: true
      /** Index of the `audit.read` event. */
      index: number
      /** Path of the file; null when it could not be kept. */
      file: string | null
      sha256: string
      g85: string
      se: string
      /** Lifetime value of all vends in the machine's smallest unit, decimal text. */
      vendsValue: string | null
      vendsCount: string | null
      /** Meters that began a new life since the last audit. */
      epochs: number
    }
  | { ok: false; refused: AuditRefusal; reason: string }
export type AuditRefusal =
  | 'no-audit-port'
  /** DEX has no list that begins a new interval. */
  | 'no-collection'
  | 'stopped'
  | 'failed'
  | 'not-recorded'

export type Audits = {
  /** Runs when those before it are through. Never rejects. */
  run(request: AuditRequest): Promise<AuditOutcome>
  status(): PortStatus
  stop(): Promise<void>
}

/** The machine's controller starts together with us, and takes longer. */
const AFTER_POWER_UP_MS = 15_000
const AFTER_DOOR_MS = 10_000
const FIRST_RETRY_MS = 60_000

type Running = {
  options: AuditOptions
  status: PortStatus
  failures: number
  tail: Promise<unknown>
  cancelNext: () => void
  stopped: boolean
}

export function startAudits(options: AuditOptions): Audits {
  const { port: name, path } = options
  const status = { name, path, lastGoodFrameAtMs: null, reopenCount: 0, detail: 'no audit yet' }
  const audits: Running = {
    options,
    status: { ...status, state: 'up' },
    failures: 0,
    tail: Promise.resolve(),
    cancelNext: () => undefined,
    stopped: false,
  }
  schedule(audits, AFTER_POWER_UP_MS)
  // The stock was refilled or the cash box emptied: the meters of now belong to it.
  const unsubscribe = options.store.subscribe(events => {
    if (events.some(({ open }) => open.kind === 'door.closed')) schedule(audits, AFTER_DOOR_MS)
  })
  return {
    run: request => enqueue(audits, request),
    status: () => ({ ...audits.status }),
    async stop() {
      audits.stopped = true
      unsubscribe()
      audits.cancelNext()
      await audits.tail
    },
  }
}

function schedule(audits: Running, afterMs: number): void {
  audits.cancelNext()
  if (audits.stopped) return
  audits.cancelNext = audits.options.clock.after(afterMs, () => void enqueue(audits, {}))
}

function enqueue(audits: Running, request: AuditRequest): Promise<AuditOutcome> {
  const outcome = audits.tail.then(() => audit(audits, request))
  audits.tail = outcome
  return outcome
}

async function audit(audits: Running, { collection = null, order }: Asked): Promise<AuditOutcome> {
  const { port, protocol, log, everyMs } = audits.options
  if (audits.stopped) return { ok: false, refused: 'stopped', reason: 'the agent stops' }
  if (collection !== null && protocol === 'dex') {
    const reason = 'a DEX read never sets counters back'
    return { ok: false, refused: 'no-collection', reason }
  }
  const { failures: failedBefore } = audits
  const run = { port, protocol, collection, order, failedBefore }
  const outcome = await attempt(audits.options, run)
  note(audits, outcome)
  log.info({ port, ok: outcome.ok, detail: audits.status.detail }, 'audit')
  schedule(audits, outcome.ok ? everyMs : retryMs(audits.failures, everyMs))
  return outcome
}

type Asked = { collection?: { requestedBy: string } | null; order?: string }

/** After a minute, two, four, …, never later than the next one would be due. */
function retryMs(failures: number, everyMs: number): number {
  return Math.min(everyMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10))
}

async function attempt(options: AuditOptions, run: AuditRun): Promise<AuditOutcome> {
  const { store, clock, log } = options
  try {
    const read = await readAuditBytes(run, options)
    if (!read.ok) return await fail(store, run, read.reason)
    return await keep(options, run, read.bytes)
  } catch (error) {
    log.error({ port: run.port, err: error, atMs: clock.nowMs() }, 'audit not recorded')
    return { ok: false, refused: 'not-recorded', reason: String(error) }
  }
}

async function keep(
  options: AuditOptions,
  run: AuditRun,
  bytes: Uint8Array,
): Promise<AuditOutcome> {
  const { store, folder } = options
  const file = keptFile(options, bytes)
  const booked = bookAudit(run, bytes, file, await store.readState(lifeKeyOf(run.port)))
  const result = await store.append(booked.request)
  if (!result.ok) return { ok: false, refused: 'not-recorded', reason: result.refused }
  if (booked.kind === 'failed') return { ok: false, refused: 'failed', reason: booked.reason }
  const { integrity, meters } = booked.audit
  return {
    ok: true,
    index: result.events[0]?.index ?? result.size - 1,
    file: file === null ? null : join(folder, file),
    sha256: booked.sha256,
    g85: integrity.g85,
    se: integrity.se,
    vendsValue: meters.get('VA101')?.toString() ?? null,
    vendsCount: meters.get('VA102')?.toString() ?? null,
    epochs: booked.alerts.length,
  }
}

/** Its name, or null: a full disk takes the file from us, not the facts in it. */
function keptFile({ folder, clock, port, log }: AuditOptions, bytes: Uint8Array): string | null {
  const name = auditFileName(bytes, clock.nowMs())
  try {
    keepAudit(folder, name, bytes)
    return name
  } catch (err) {
    log.warn({ port, err }, 'audit file not kept')
    return null
  }
}

async function fail(store: EventStore, run: AuditRun, reason: string): Promise<AuditOutcome> {
  const result = await store.append(bookFailure(run, reason))
  const refused = result.ok ? 'failed' : 'not-recorded'
  return { ok: false, refused, reason }
}

function note(audits: Running, outcome: AuditOutcome): void {
  const { status, options } = audits
  audits.failures = outcome.ok ? 0 : audits.failures + 1
  status.state = outcome.ok ? 'up' : 'down'
  status.detail = outcome.ok
    ? `audit read, ${outcome.vendsCount ?? 'no'} vends, checksum ${outcome.g85}`
    : `audit failed: ${outcome.reason}`
  if (outcome.ok) status.lastGoodFrameAtMs = options.clock.nowMs()
}
