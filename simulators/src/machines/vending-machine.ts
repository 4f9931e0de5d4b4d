/**
 * A vending machine with an MDB text adapter and a QR scanner, each on a pseudo-terminal of its
 * own. `vends()` is the truth that the evidence has to match.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import { type FaultName, openFaultyPort } from './faults.ts'
import { openMachinePort } from './pty.ts'
import { type Vend, type VendingBody, type VendingPhase, vendingBody } from './vending-body.ts'

export type VendingPort = 'mdb' | 'scanner'

export type VendingMachineOptions = {
  /** Where the stable paths of the ports are made. */
  dir: string
  /** The adapter's port elsewhere than in `dir`. */
  mdbPath?: string
  currency: string
  /** Slot number → price in minor units. */
  shelf: Record<string, bigint>
  dispenseMs?: number
  decisionMs?: number
  works?(): boolean
  /** What the adapter's line does wrong. */
  fault?: FaultName | null
}

/** Longer than courtesies; asked for its version and switched on, the sixth is an outcome. */
const FAULTS = { fromBytes: 16, at: 6, lateMs: 900 }

export type VendingMachine = {
  ports: Record<VendingPort, string>
  select: VendingBody['select']
  /** Holds a code before the scanner. */
  scan(text: string): void
  vends(): readonly Vend[]
  phase(): VendingPhase
  isAttended(): boolean
  unplug(port: VendingPort): void
  replug(port: VendingPort): void
  stop(): Promise<void>
}

export function startVendingMachine(options: VendingMachineOptions): VendingMachine {
  const { dir, currency, shelf } = options
  mkdirSync(dir, { recursive: true })
  const fromHost = lineFramer({ maxBytes: 256 })
  const mdb = openFaultyPort({
    path: options.mdbPath ?? join(dir, 'mdb'),
    fault: options.fault ?? null,
    ...FAULTS,
    onData(bytes) {
      for (const frame of fromHost.push(bytes)) if (frame.kind === 'line') body.hear(frame.text)
    },
    onReset: () => body.restart(),
  })
  const scanner = openMachinePort({ path: join(dir, 'scanner'), onData: () => undefined })
  const portOf = { mdb, scanner }
  const body = vendingBody({
    currency,
    shelf,
    dispenseMs: options.dispenseMs ?? 400,
    decisionMs: options.decisionMs ?? 40_000,
    works: options.works ?? (() => true),
    say: line => mdb.write(new TextEncoder().encode(`${line}\r\n`)),
  })
  return {
    ports: { mdb: mdb.path, scanner: scanner.path },
    select: body.select,
    scan: text => scanner.write(new TextEncoder().encode(`${text}\r\n`)),
    vends: () => body.vends,
    phase: body.phase,
    isAttended: body.isAttended,
    unplug: port => portOf[port].unplug(),
    replug: port => portOf[port].replug(),
    stop() {
      body.stop()
      mdb.unplug()
      scanner.unplug()
      return Promise.resolve()
    },
  }
}
