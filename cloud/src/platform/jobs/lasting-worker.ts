/**
 * A worker that does not stay broken. One of the queue's own makes its first connection once: a
 * server that goes away in just that moment leaves it dead for good. So a worker that ended without
 * being told to is replaced, and so is one that stays idle while entries wait, whatever holds it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../db/pool.ts'

export type Run = (id: string) => Promise<void>

/** A worker of the queue. */
export type Worker = {
  /** Connects and works until it is closed; ends, or rejects, earlier when it broke. */
  work(): Promise<void>
  /** Waits for what runs. */
  close(): Promise<void>
}

export type LastingWorker = {
  /** To be called now and then while work is due. @param waiting entries nobody has begun */
  lookAfter(waiting: number): void
  close(): Promise<void>
}

/** So long a worker may be idle beside waiting entries. */
const STUCK_MS = 10_000
/** Between a worker's end and the next one's start. */
const PAUSE_MS = 500

/** @param open makes a worker that gives its entries to `run`. */
export function lastingWorker(open: (run: Run) => Worker, run: Run, log: Log): LastingWorker {
  const stopped = new AbortController()
  const closing = new Set<Promise<void>>()
  let active = 0
  let idleSinceMs: number | undefined
  let worker = opened()

  async function counted(id: string): Promise<void> {
    active += 1
    idleSinceMs = undefined
    await run(id).finally(() => {
      active -= 1
    })
  }

  function opened(): Worker {
    const one = open(counted)
    void one
      .work()
      .catch(() => undefined)
      .then(() => sleep(PAUSE_MS, undefined, { ref: false, signal: stopped.signal }))
      .then(() => one === worker && replace())
      .catch(() => undefined)
    return one
  }

  function replace(): void {
    if (stopped.signal.aborted) return
    const closed = worker.close().catch(() => undefined)
    closing.add(closed)
    void closed.then(() => closing.delete(closed))
    idleSinceMs = undefined
    worker = opened()
  }

  return {
    lookAfter(waiting) {
      const nowMs = performance.now()
      if (active > 0 || waiting === 0) idleSinceMs = undefined
      else if (idleSinceMs === undefined) idleSinceMs = nowMs
      else if (nowMs - idleSinceMs >= STUCK_MS) {
        log('warn', 'idle worker replaced', { waiting })
        replace()
      }
    },
    async close() {
      stopped.abort()
      await Promise.all([...closing, worker.close()])
    },
  }
}
