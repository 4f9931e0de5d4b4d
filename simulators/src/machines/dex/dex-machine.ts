/**
 * A vending machine's DEX/UCS port on a pseudo-terminal: it tells its audit to whoever asks, or
 * insists on asking first, and can be told to misbehave.
 */

import { type DexOutcome, dexProtocol } from '@tillproof/edge-agent/drivers/audit-dex.ts'
import { type AuditMachine, type AuditMachineOptions, startAuditMachine } from './audit-machine.ts'

export type DexMachineOptions = AuditMachineOptions & {
  /** `master`: bids for the line by itself, as some machines do. */
  manner?: 'waiting' | 'master'
}

export function startDexMachine(options: DexMachineOptions): AuditMachine<DexOutcome> {
  return startAuditMachine(options, audit =>
    dexProtocol({
      role: 'machine',
      communicationId: 'TPS0000001',
      revisionLevel: 'R00L06',
      listenMs: options.manner === 'master' ? 0 : null,
      dataPatienceMs: 10_000,
      /** Told as it is when it is told, not when the machine began to wait. */
      get audit() {
        return audit()
      },
    }),
  )
}
