/**
 * What every line of the machine has in common: a name, a state that people can see, and the fact
 * that it may vanish at any moment and come back under the same path.
 */
import type { Logger } from 'pino'

export type PortState = 'up' | 'down' | 'opening'

export type PortStatus = {
  name: string
  /** Device path, or `host:port` of a Modbus TCP unit. */
  path: string
  state: PortState
  /** Wall time of the last frame that made sense; null before the first. */
  lastGoodFrameAtMs: number | null
  /** Times the port was opened again after it had been up. */
  reopenCount: number
  /** One line for people: why it is down, what was last refused. */
  detail: string
}

export type PortLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** Delays between attempts to open a port again, in milliseconds; the last one repeats. */
export const REOPEN_BACKOFF_MS = [200, 400, 800, 1600, 3200, 5000] as const
/** A port that stayed up this long has earned the shortest delay again. */
export const STEADY_AFTER_MS = 10_000

/**
 * Delay before attempt `attempt` (0 = the first after a loss), up to a quarter longer by chance:
 * lines of one hub that went together do not come back in step. `random` is in [0, 1).
 */
export function reopenDelayMs(attempt: number, random: () => number = Math.random): number {
  const delayMs = REOPEN_BACKOFF_MS[Math.min(attempt, REOPEN_BACKOFF_MS.length - 1)] ?? 5000
  return Math.round(delayMs * (1 + random() / 4))
}
