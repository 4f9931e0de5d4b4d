/**
 * A vending machine with an MDB text adapter and a QR scanner, each on a pseudo-terminal of its
 * own. `vends()` is the truth that the evidence has to match.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ReaderAdapterOptions, startReaderAdapter } from './mdb/reader-adapter.ts'
import { openMachinePort } from './pty.ts'
import type { Vend, VendingBody, VendingPhase } from './vending-body.ts'

export type VendingPort = 'mdb' | 'scanner'

export type VendingMachineOptions = Omit<ReaderAdapterOptions, 'path'> & {
  /** Where the stable paths of the ports are made. */
  dir: string
}

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
  const { dir, ...machine } = options
  mkdirSync(dir, { recursive: true })
  const { port: mdb, body, stop } = startReaderAdapter({ ...machine, path: join(dir, 'mdb') })
  const scanner = openMachinePort({ path: join(dir, 'scanner'), onData: () => undefined })
  const portOf = { mdb, scanner }
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
      stop()
      scanner.unplug()
      return Promise.resolve()
    },
  }
}
