/**
 * Who is served when: each machine's batches in the order they came, one at a time, those of
 * several machines together, and no more waiting than memory allows. Whoever comes while nothing is
 * being served is served at once and alone; under load, groups grow by themselves. What does not
 * fit is dropped; the machine sends it again when its receipt does not come.
 */

export type Turns<T> = {
  /** False when it was dropped. */
  add(key: string, bytes: number, item: T): boolean
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>
}

export type TurnLimits = {
  /** Groups served at a time, and items in one, each of another key. */
  atOnce: number
  together: number
  waitingPerKey: number
  waitingBytes: number
}

/** @param serve must not fail */
export function turns<T>(limits: TurnLimits, serve: (items: T[]) => Promise<void>): Turns<T> {
  type Waiting = { bytes: number; item: T }
  const queues = new Map<string, Waiting[]>()
  // Keys that have something waiting and nothing running, in the order they became so.
  const ready = new Set<string>()
  const running = new Set<Promise<void>>()
  let bytesWaiting = 0

  function next(): void {
    while (running.size < limits.atOnce && ready.size > 0) {
      const keys = [...ready].slice(0, limits.together)
      const run = serve(keys.flatMap(take)).finally(() => {
        running.delete(run)
        for (const key of keys) {
          if (queues.get(key)?.length === 0) queues.delete(key)
          else ready.add(key)
        }
        next()
      })
      running.add(run)
    }
  }

  function take(key: string): T[] {
    ready.delete(key)
    const waiting = queues.get(key)?.shift()
    if (waiting === undefined) return []
    bytesWaiting -= waiting.bytes
    return [waiting.item]
  }

  return {
    add(key, bytes, item) {
      const queue = queues.get(key)
      const full = (queue?.length ?? 0) >= limits.waitingPerKey
      if (full || bytesWaiting + bytes > limits.waitingBytes) return false
      bytesWaiting += bytes
      if (queue === undefined) {
        queues.set(key, [{ bytes, item }])
        ready.add(key)
        next()
      } else queue.push({ bytes, item })
      return true
    },
    async idle() {
      while (running.size > 0 || ready.size > 0) await Promise.allSettled([...running])
    },
  }
}
