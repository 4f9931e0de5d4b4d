/** How long a thread was ready and no core was free for it, as Linux counts it. */
import { readFileSync } from 'node:fs'

/**
 * Of this process's first thread since its start, in milliseconds; always 0 where the kernel does
 * not count it. Source: proc(5) and the kernel's sched-stats, "schedstat", second number, in
 * nanoseconds.
 */
export function coreWaitMs(): number {
  try {
    const [, waitedNs = '0'] = readFileSync('/proc/self/schedstat', 'utf8').split(' ')
    return Number(waitedNs) / 1e6
  } catch {
    return 0
  }
}
