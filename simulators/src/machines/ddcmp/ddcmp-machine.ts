/**
 * A machine's DDCMP port (an infrared head, most often) on a pseudo-terminal. Looked at, it only
 * tells; collected, it begins a new interval, as real ones do.
 */

import { type DdcmpOutcome, ddcmpProtocol } from '@tillproof/edge-agent/drivers/audit-ddcmp.ts'
import {
  type AuditMachine,
  type AuditMachineOptions,
  startAuditMachine,
} from '../dex/audit-machine.ts'

export function startDdcmpMachine(options: AuditMachineOptions): AuditMachine<DdcmpOutcome> {
  return startAuditMachine(
    options,
    audit =>
      ddcmpProtocol({
        role: 'machine',
        accepts: true,
        get audit() {
          return audit()
        },
      }),
    outcome => outcome.type === 'delivered' && outcome.list === 'collection',
  )
}
