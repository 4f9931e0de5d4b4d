/** A vending machine's bus behind a Qibixx adapter that is its cashless reader, on one port. */
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import { type FaultName, openFaultyPort } from '../faults.ts'
import type { MachinePort } from '../pty.ts'
import { type VendingBody, vendingBody } from '../vending-body.ts'

export type ReaderAdapterOptions = {
  path: string
  currency: string
  /** Slot number → price in minor units. */
  shelf: Record<string, bigint>
  dispenseMs?: number
  decisionMs?: number
  works?(): boolean
  /** What the adapter's line does wrong. */
  fault?: FaultName | null
}

export type ReaderAdapter = { port: MachinePort; body: VendingBody; stop(): void }

/** Longer than courtesies; asked for its version and switched on, the sixth is an outcome. */
const FAULTS = { fromBytes: 16, at: 6, lateMs: 900 }

export function startReaderAdapter(options: ReaderAdapterOptions): ReaderAdapter {
  const { path, currency, shelf } = options
  const fromHost = lineFramer({ maxBytes: 256 })
  const port = openFaultyPort({
    path,
    fault: options.fault ?? null,
    ...FAULTS,
    onData(bytes) {
      for (const frame of fromHost.push(bytes)) if (frame.kind === 'line') body.hear(frame.text)
    },
    onReset: () => body.restart(),
  })
  const body = vendingBody({
    currency,
    shelf,
    dispenseMs: options.dispenseMs ?? 400,
    decisionMs: options.decisionMs ?? 40_000,
    works: options.works ?? (() => true),
    say: line => port.write(new TextEncoder().encode(`${line}\r\n`)),
  })
  return {
    port,
    body,
    stop() {
      body.stop()
      port.unplug()
    },
  }
}
