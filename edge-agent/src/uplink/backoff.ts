/** Waiting between attempts to connect, so that a fleet does not come back all at once. */

const BASE_MS = 500
const LIMIT_MS = 60_000

/**
 * Delay before attempt number `attempt` (0 = first retry), ms: anywhere between a tenth of the
 * ceiling and the ceiling, which doubles up to a minute. `random` is in [0, 1).
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(BASE_MS * 2 ** Math.min(attempt, 16), LIMIT_MS)
  return Math.round(ceiling * (0.1 + 0.9 * random))
}
