/** The audit schedule of a machine whose profile has one, on the port that the profile names. */

import type { AuditRequest } from './audit.ts'
import { type AuditOutcome, type Audits, startAudits } from './audit.ts'
import type { DriverDeps } from './drivers.ts'

const HOUR_MS = 3_600_000

export type Auditing = Pick<Audits, 'run' | 'stop'> & { ports(): ReturnType<Audits['status']>[] }

export function startAuditing(deps: DriverDeps): Auditing {
  const { machine, store, clock, log, auditFolder } = deps
  const { audit } = machine.profile
  const line = audit && machine.lines[audit.port]
  const driver = audit && machine.profile.ports[audit.port]?.driver
  const isAudit = driver === 'dex' || driver === 'ddcmp'
  if (audit === undefined || line?.kind !== 'serial' || !isAudit) return NO_AUDITS
  const audits = startAudits({
    store,
    clock,
    log,
    folder: auditFolder,
    port: audit.port,
    protocol: driver,
    path: line.path,
    baudRate: line.baud,
    everyMs: audit.everyHours * HOUR_MS,
  })
  return {
    run: audits.run,
    ports: () => [audits.status()],
    stop: audits.stop,
  }
}

const NO_AUDITS: Auditing = {
  run: (_request: AuditRequest): Promise<AuditOutcome> => {
    const reason = 'this machine has no port for audits'
    return Promise.resolve({ ok: false, refused: 'no-audit-port', reason })
  },
  ports: () => [],
  stop: () => Promise.resolve(),
}
