/**
 * Work done behind the scenes. The truth about what is due lies in the feature's own tables; a
 * queue entry carries an id and is only a wake-up. When the queue loses everything, the next sweep
 * finds all of it again.
 */

export type Job = {
  /** Unique, letters and hyphens: `match`, `clear`, `anchor`. */
  name: string
  /**
   * Does what is due for this id. Must be idempotent: it may run twice, and at any time two
   * processes may both try.
   */
  run(id: string): Promise<void>
  /** The ids for which something is due now; capped by the feature. */
  due(): Promise<string[]>
  /** How often `due` is asked, in milliseconds. */
  sweepEveryMs: number
  /** Runs at the same time in one process, 1 unless told. */
  concurrency?: number
}

/** Wakes a job soon. Never throws: a wake-up that is lost is made up for by the sweep. */
export type Wake = (name: string, id: string) => void
