/**
 * An MDB bus with a controller and its peripherals, as an adapter beside it hears it: exchanges in,
 * stamped blocks out. Money and timing of the bus are its own: 9600 baud, answers within 5 ms.
 */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import type { Sniffed } from '@tillproof/firmware-bridge/mdb/sniff-line.ts'

export type MdbBus = {
  /** The controller says `command data`; null: nobody answers. */
  exchange(command: number, data: number[], answer: 'ack' | readonly number[] | null): void
  /** The adapter's clock begins anew, as after a power cut of its own. */
  resetClock(): void
}

const BYTE_TENTH_MS = 11.46
const TURNAROUND_TENTH_MS = 35

export function mdbBus(hear: (block: Sniffed) => void): MdbBus {
  let zeroMs = 0
  let free = 0

  /** When the bus is free again after `bytes` from now on, and when they began. */
  function take(bytes: number): number {
    const now = Math.round((systemClock.monotonicMs() - zeroMs) * 10) % 10_000_000_000
    const at = Math.max(free + TURNAROUND_TENTH_MS, now)
    free = Math.round(at + bytes * BYTE_TENTH_MS)
    return at
  }

  /** Data of a peripheral, and that the controller took it. */
  function tell(data: Uint8Array): void {
    hear({ from: 'peripheral', says: 'data', atTenthMs: take(data.length + 1), data })
    hear({ from: 'master', says: 'ack', atTenthMs: take(1) })
  }

  return {
    exchange(command, data, answer) {
      const asked = Uint8Array.from(data)
      hear({
        from: 'master',
        says: 'command',
        atTenthMs: take(data.length + 2),
        command,
        data: asked,
      })
      if (answer === 'ack') hear({ from: 'peripheral', says: 'ack', atTenthMs: take(1) })
      else if (answer !== null) tell(Uint8Array.from(answer))
    },
    resetClock() {
      zeroMs = systemClock.monotonicMs()
      free = 0
    },
  }
}
