/** Wires a vending machine: MDB adapter and scanner, their lines, the session, the journal. */
import type { MachineConfig } from '../config.ts'
import { vendingMachine } from '../session/vending.ts'
import type { VendDeed, VendingInput } from '../session/vending-state.ts'
import { readVoucher } from '../session/voucher.ts'
import type { DriverDeps, Drivers, VoucherAnswer } from './drivers.ts'
import { openMdbReader } from './mdb-reader.ts'
import { notePortChanges } from './port-events.ts'
import { runSession } from './runner.ts'
import { openScanner } from './scanner.ts'

export function startVending(
  deps: DriverDeps,
  config: MachineConfig & { kind: 'vending' },
): Drivers {
  const { clock, log, deviceId } = deps
  const { mdb, scanner } = config.ports
  let lastRefusal = ''

  const session = runSession(vendingMachine({ currency: config.currency }), {
    ...deps,
    perform: (deed: VendDeed) => reader.decide(deed.type, deed.ask),
  })

  async function offerVoucher(text: string): Promise<VoucherAnswer> {
    const read = readVoucher(text, { publicKey: deps.voucherKey, deviceId, nowMs: clock.nowMs() })
    return read.ok ? session.offer(read.credit) : read.refused
  }

  async function onCode(text: string): Promise<void> {
    const answer = await offerVoucher(text)
    lastRefusal = answer === 'accepted' ? '' : `last code refused: ${answer}`
    log.info({ port: 'scanner', answer }, 'code')
  }

  const reader = openMdbReader({
    name: 'mdb',
    path: mdb.path,
    baudRate: mdb.baud,
    clock,
    log,
    onFact: fact => session.feed({ type: 'vend', fact } satisfies VendingInput),
    onState: notePortChanges(deps, 'mdb'),
  })
  const codes = openScanner({
    name: 'scanner',
    path: scanner.path,
    baudRate: scanner.baud,
    clock,
    log,
    onCode: text => void onCode(text),
    onState: notePortChanges(deps, 'scanner'),
  })

  return {
    offerVoucher,
    ports() {
      const scan = codes.status()
      return [reader.line.status(), { ...scan, detail: scan.detail || lastRefusal }]
    },
    async stop() {
      await Promise.all([reader.stop(), codes.stop()])
      await session.stop()
    },
  }
}
