/** When the journal lets go of old events: soon after start, then by the hour, in small steps. */
import type { Clock } from '../clock.ts'
import type { Journal } from './event-store.ts'

const FIRST_AFTER_MS = 60_000
const EVERY_MS = 3_600_000
/** Between steps new facts go first. */
const PAUSE_MS = 200
const STEP_LIMIT = 512

type RetentionOptions = {
  journal: Journal
  clock: Clock
  keepMs: number
  onReleased(count: number): void
  onError(reason: string): void
}

/** Answers what stops it. */
export function startRetention(options: RetentionOptions): () => void {
  const { journal, clock, keepMs } = options
  let isStopped = false
  let total = 0
  let cancel = () => {}
  const schedule = (delayMs: number) => {
    if (!isStopped) cancel = clock.after(delayMs, () => void step())
  }
  const step = async () => {
    try {
      const count = await journal.release(keepMs, STEP_LIMIT)
      total += count
      if (count === STEP_LIMIT) return schedule(PAUSE_MS)
      if (total > 0) options.onReleased(total)
      total = 0
    } catch (error) {
      if (!isStopped) options.onError(error instanceof Error ? error.message : String(error))
    }
    schedule(EVERY_MS)
  }
  schedule(FIRST_AFTER_MS)
  return () => {
    isStopped = true
    cancel()
  }
}
