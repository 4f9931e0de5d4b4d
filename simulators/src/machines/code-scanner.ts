/**
 * A GM6x scanner: it tells codes that are held before it, with a tail, and answers commands in the
 * same stream. In command mode it looks only when triggered.
 */
import {
  encodeGm6xReply,
  type Gm6xCommand,
  gm6xCommandFramer,
} from '@tillproof/firmware-bridge/qr/gm6x.ts'
import { type FaultName, openFaultyPort } from './faults.ts'

export type CodeScanner = {
  path: string
  /** Codes that were told, oldest first. */
  told: readonly string[]
  /** Holds a code before it; told at once, or at the next trigger in command mode. */
  hold(code: string): void
  stop(): void
}

/** Zone 0000, lower two bits: 1 is command mode; zone 0002, bit 0: trigger. */
const [MODE, TRIGGER] = [0x00, 0x02]
const COMMAND_MODE = 1
const FAULTS = { fromBytes: 8, at: 2, lateMs: 700 }

export function startCodeScanner(options: { path: string; fault?: FaultName | null }): CodeScanner {
  const told: string[] = []
  const zones = new Map<number, number>()
  const framer = gm6xCommandFramer()
  let held: string | null = null
  const port = openFaultyPort({
    path: options.path,
    fault: options.fault ?? null,
    ...FAULTS,
    onData(bytes) {
      for (const frame of framer.push(bytes)) if (frame.kind === 'command') obey(frame.command)
    },
    onReset: () => zones.clear(),
  })

  function obey(command: Gm6xCommand): void {
    if (command.kind === 'write') writeZone(command)
    port.write(encodeGm6xReply(command.kind === 'read' ? readZone(command) : Uint8Array.of(0)))
    if (((zones.get(TRIGGER) ?? 0) & 1) === 1) look()
  }

  function writeZone({ zone, data }: { zone: number; data: Uint8Array }): void {
    for (const [i, byte] of data.entries()) zones.set(zone + i, byte)
  }

  function readZone({ zone, count }: { zone: number; count: number }): Uint8Array {
    return Uint8Array.from({ length: count || 256 }, (_, i) => zones.get(zone + i) ?? 0)
  }

  function look(): void {
    if (held === null) return
    told.push(held)
    port.write(new TextEncoder().encode(`${held}\r\n`))
    held = null
    zones.delete(TRIGGER)
  }

  return {
    path: port.path,
    told,
    hold(code) {
      held = code
      if (((zones.get(MODE) ?? 0) & 3) !== COMMAND_MODE) look()
    },
    stop: () => port.unplug(),
  }
}
