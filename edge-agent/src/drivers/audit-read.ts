/**
 * One read of an audit: the line is opened for it, one session runs on it, and the line is given
 * back, so that a technician's handheld finds the socket free in between.
 */
import { NO_CREDENTIALS, type WireTime } from '@tillproof/firmware-bridge/ddcmp/command.ts'
import { MAX_AUDIT_BYTES } from '@tillproof/firmware-bridge/eva-dts/audit.ts'
import type { Clock } from '../clock.ts'
import type { PortLog } from '../ports/port.ts'
import { openSerialLine, type SerialLineOptions } from '../ports/serial-line.ts'
import type { AuditRun } from '../session/audit-book.ts'
import { ddcmpProtocol } from './audit-ddcmp.ts'
import { dexProtocol } from './audit-dex.ts'
import { type Ending, type Protocol, type Talk, talk } from './audit-talk.ts'

export type AuditLine = Pick<SerialLineOptions, 'path' | 'baudRate'> & {
  clock: Clock
  log: PortLog
}
export type AuditBytes = { ok: true; bytes: Uint8Array } | { ok: false; reason: string }

/** Three letters of the maker and seven digits: what we say we are. */
const OUR_ID = 'TLP0000001'
/** Machines that insist on asking first do so every second or two. */
const LISTEN_MS = 3_000
/** A machine assembles its audit before it says the first word of it. */
const DATA_PATIENCE_MS = 10_000
/** The longest audits take a minute at the slowest speed. */
const LIMIT_MS = 600_000

/** Never rejects. The reason of a failure is one line for people. */
export async function readAuditBytes(run: AuditRun, line: AuditLine): Promise<AuditBytes> {
  if (run.protocol === 'dex') {
    const outcome = await readOver(run, line, dexProtocol(dexConfig()))
    if (typeof outcome === 'string') return { ok: false, reason: outcome }
    if (outcome.type === 'received') return { ok: true, bytes: outcome.audit }
    return { ok: false, reason: outcome.type === 'failed' ? outcome.failure.reason : 'unexpected' }
  }
  const outcome = await readOver(run, line, ddcmpProtocol(ddcmpConfig(run, line.clock.nowMs())))
  if (typeof outcome === 'string') return { ok: false, reason: outcome }
  if (outcome.type === 'received') return { ok: true, bytes: outcome.audit }
  return { ok: false, reason: outcome.type === 'failed' ? outcome.reason : 'unexpected' }
}

function dexConfig() {
  return {
    role: 'carrier',
    communicationId: OUR_ID,
    revisionLevel: 'R00L06',
    listenMs: LISTEN_MS,
    dataPatienceMs: DATA_PATIENCE_MS,
    maxAuditBytes: MAX_AUDIT_BYTES,
  } as const
}

function ddcmpConfig({ collection }: AuditRun, nowMs: number) {
  return {
    role: 'carrier',
    credentials: NO_CREDENTIALS,
    at: wireTime(nowMs),
    collection,
    maxAuditBytes: MAX_AUDIT_BYTES,
    dataPatienceMs: DATA_PATIENCE_MS,
  } as const
}

/** UTC: the machine keeps no zone, and a gateway may be set to any. */
function wireTime(nowMs: number): WireTime {
  const at = new Date(nowMs)
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  }
}

/** How the session ended, or why there was none. */
async function readOver<State, Input, Frame, Outcome extends Ending>(
  run: AuditRun,
  { path, baudRate, clock, log }: AuditLine,
  protocol: Protocol<State, Input, Frame, Outcome>,
): Promise<Outcome | string> {
  const { promise, resolve } = Promise.withResolvers<Outcome | string>()
  const on: { session?: Talk } = {}
  const line = openSerialLine({
    name: run.port,
    path,
    baudRate,
    clock,
    log,
    watchdogMs: null,
    onChunk: bytes => on.session?.hear(bytes),
    onState(state, detail) {
      if (state === 'up') on.session ??= begin()
      if (state !== 'down') return
      if (on.session === undefined) resolve(`the line cannot be opened: ${detail}`)
      else on.session.close()
    },
  })
  const cancelLimit = clock.after(LIMIT_MS, () => resolve('it took too long'))

  function begin(): Talk {
    const write = (bytes: Uint8Array) => void line.write(bytes)
    return talk<State, Input, Frame, Outcome>(protocol, { clock, write, onOutcome: resolve })
  }

  const outcome = await promise
  cancelLimit()
  await line.stop()
  on.session?.close()
  return outcome
}
