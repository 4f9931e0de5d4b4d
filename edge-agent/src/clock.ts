/**
 * Time as the agent sees it, handed in so that rules and tests never read the system's clock.
 * Wall time may jump; the monotonic time and the boot id order events within one boot.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

export type Clock = {
  /** Wall time, UTC, ms since 1970. May jump backwards. */
  nowMs(): number
  /** Ms since an arbitrary point of this boot; never falls. */
  monotonicMs(): number
  /** Calls `run` once after `delayMs`; the answer cancels it. Keeps the process alive. */
  after(delayMs: number, run: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** 8 bytes that change with each boot: the kernel's boot id, else random for this process. */
export function systemBootId(): Uint8Array {
  try {
    const text = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').replaceAll('-', '')
    return new Uint8Array(Buffer.from(text.trim(), 'hex').subarray(0, 8))
  } catch {
    return processBootId
  }
}

const processBootId = new Uint8Array(randomBytes(8))
