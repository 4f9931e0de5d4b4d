/**
 * An audit as facts: the hash of its bytes, its lifetime meters, how far it can be believed, and
 * whether its meters still live the life of the last audit. Pure.
 */
import { type Audit, readAudit } from '@tillproof/firmware-bridge/eva-dts/audit.ts'
import {
  compareAudits,
  type EpochAlert,
  NEVER_FALL,
} from '@tillproof/firmware-bridge/eva-dts/epoch.ts'
import { meaningOf } from '@tillproof/firmware-bridge/eva-dts/meters.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { DetailValue } from '@tillproof/shared/event/event.ts'
import type { AppendRequest, EventDraft } from '../journal/event-store.ts'
import { decodeLife, encodeLife, lifeKeyOf } from './audit-life.ts'

export type AuditProtocol = 'dex' | 'ddcmp'
/**
 * `collection`: a person asked for it, and the machine begins a new interval. `order`: the cloud
 * asked for it.
 */
export type AuditRun = {
  port: string
  protocol: AuditProtocol
  collection: { requestedBy: string } | null
  order?: string | undefined
  /** Attempts that failed since the last audit that was read. */
  failedBefore: number
}

/** The cloud's last order that was answered: the answer and this are on the disk together. */
export const AUDIT_ORDER_KEY = 'audit-order'

export type BookedAudit =
  | { kind: 'read'; request: AppendRequest; audit: Audit; sha256: string; alerts: EpochAlert[] }
  | { kind: 'failed'; request: AppendRequest; reason: string }

/** An event has room for 64 meters; what tells of money and of falls comes first. */
const MAX_METERS = 60
const FIRST = [...NEVER_FALL, 'VA102', 'CA202', 'DA201', 'DA202', 'DB201', 'DB202']

/**
 * `life`: text of the state under `lifeKeyOf(port)`, what the last audit left behind; `file`: name
 * under which the audit is kept, null where it could not be.
 */
export function bookAudit(
  run: AuditRun,
  bytes: Uint8Array,
  file: string | null,
  life: string | undefined,
): BookedAudit {
  const audit = readAudit(bytes)
  const hash = toHex(sha256(bytes))
  if ('refused' in audit) {
    const reason = `what was read is no audit: ${audit.refused}`
    const request = failure(run, reason, { sha256: hash, bytes: bytes.length })
    return { kind: 'failed', request, reason }
  }
  const before = decodeLife(life)
  const alerts = before === null ? [] : compareAudits(before, audit)
  const events = [
    auditRead(run, audit, { sha256: hash, bytes: bytes.length, ...(file && { file }) }),
    ...alerts.map(alert => epochEvent(run, alert, audit)),
  ]
  const state = { [lifeKeyOf(run.port)]: encodeLife(audit), ...answered(run) }
  return { kind: 'read', request: { events, state }, audit, sha256: hash, alerts }
}

export function bookFailure(run: AuditRun, reason: string): AppendRequest {
  return failure(run, reason, {})
}

function failure(run: AuditRun, reason: string, more: Record<string, DetailValue>): AppendRequest {
  const inARow = run.failedBefore + 1
  const detail = { ...headOf(run), reason: reason.slice(0, 200), inARow, ...more }
  const events = [withPerson(run, { kind: 'audit.failed', fields: { port: run.port, detail } })]
  return { events, state: answered(run) }
}

function answered({ order }: AuditRun): Record<string, string> {
  return order === undefined ? {} : { [AUDIT_ORDER_KEY]: order }
}

function auditRead(
  run: AuditRun,
  audit: Audit,
  file: { sha256: string; bytes: number; file?: string },
): EventDraft {
  const { machine, money, integrity, identities, warnings } = audit
  const detail: Record<string, DetailValue> = {
    ...headOf(run),
    ...file,
    g85: integrity.g85,
    se: integrity.se,
    decimals: money.decimals,
    warnings: warnings.length,
    ...(money.currency === null ? {} : { currency: money.currency }),
    ...(machine.serial === '' ? {} : { serial: machine.serial.slice(0, 64) }),
    ...(machine.at === null ? {} : { machineClock: machine.at }),
  }
  for (const { name, result } of identities) {
    if (result !== 'not present') detail[`identity.${name}`] = result
  }
  const fields = { port: run.port, meters: keyMeters(audit), detail }
  return withPerson(run, { kind: 'audit.read', fields })
}

/** Who asked for a collection is personal data. */
function withPerson({ collection }: AuditRun, draft: EventDraft): EventDraft {
  if (collection === null) return draft
  return { ...draft, sealed: { text: `collection asked for by ${collection.requestedBy}` } }
}

function headOf({ protocol, collection, order }: AuditRun): Record<string, DetailValue> {
  const head = { protocol, list: collection === null ? 2 : 1 }
  return order === undefined ? head : { ...head, order }
}

function keyMeters({ meters }: Audit): Record<string, bigint> {
  const lifetime = [...meters.keys()].filter(it => meaningOf(it)?.span === 'lifetime')
  const names = [...new Set([...FIRST, ...lifetime])].slice(0, MAX_METERS)
  return Object.fromEntries(
    names.flatMap(name => {
      const value = meters.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function epochEvent({ port }: AuditRun, alert: EpochAlert, { meters }: Audit): EventDraft {
  if (alert.kind === 'fell') {
    const { element, from, to } = alert
    const detail = { cause: 'fell', [`was.${element}`]: from }
    return { kind: 'meter.epoch', fields: { port, meters: { [element]: to }, detail } }
  }
  const told = { from: alert.from ?? 'never', to: alert.to ?? 'never' }
  const total = meters.get('VA101')
  const fields = { port, detail: { cause: alert.kind, ...told } }
  return {
    kind: 'meter.epoch',
    fields: total === undefined ? fields : { ...fields, meters: { VA101: total } },
  }
}
