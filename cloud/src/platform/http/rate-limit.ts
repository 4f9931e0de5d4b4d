/**
 * Counts per key in a fixed window, in this process only. It slows guessing and floods down; it is
 * not a quota. The table of keys is capped, and forgetting the oldest half only lets more through.
 */

export type RateLimit = {
  allows(key: string): boolean
  /** Counts one less in the window that runs: what was allowed turned out to be harmless. */
  giveBack(key: string): void
}

const MOST_KEYS = 50_000

export function rateLimit(options: {
  /** Requests a key may make in a window. */
  limit: number
  windowMs: number
  nowMs?: () => number
}): RateLimit {
  const nowMs = options.nowMs ?? (() => performance.now())
  const counts = new Map<string, { endsAt: number; count: number }>()
  return {
    allows(key) {
      const now = nowMs()
      const known = counts.get(key)
      if (known !== undefined && known.endsAt > now) {
        known.count += 1
        return known.count <= options.limit
      }
      if (counts.size >= MOST_KEYS) forgetOldest(counts)
      counts.delete(key)
      counts.set(key, { endsAt: now + options.windowMs, count: 1 })
      return true
    },
    giveBack(key) {
      const known = counts.get(key)
      if (known !== undefined && known.count > 0) known.count -= 1
    },
  }
}

/** A Map keeps the order of insertion, so the first keys are the oldest windows. */
function forgetOldest(counts: Map<string, unknown>): void {
  let left = MOST_KEYS / 2
  for (const key of counts.keys()) {
    counts.delete(key)
    left -= 1
    if (left === 0) return
  }
}
