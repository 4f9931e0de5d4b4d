/**
 * Who is served when: each machine's batches in the order they came, several machines at a time,
 * and no more waiting than memory allows. What does not fit is dropped; the machine sends it again
 * when its receipt does not come.
 */

export type Turns = {
  /** False when it was dropped. */
  add(key: string, bytes: number, work: () => Promise<void>): boolean
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>
}

export function turns(limits: {
  atOnce: number
  waitingPerKey: number
  waitingBytes: number
}): Turns {
  type Item = { bytes: number; work: () => Promise<void> }
  const queues = new Map<string, Item[]>()
  // Keys that have something waiting and nothing running, in the order they became so.
  const ready = new Set<string>()
  const running = new Set<Promise<void>>()
  let bytesWaiting = 0

  function next(): void {
    for (const key of ready) {
      if (running.size >= limits.atOnce) return
      ready.delete(key)
      const item = queues.get(key)?.shift()
      if (item === undefined) continue
      bytesWaiting -= item.bytes
      const run = item.work().finally(() => {
        running.delete(run)
        if (queues.get(key)?.length === 0) queues.delete(key)
        else ready.add(key)
        next()
      })
      running.add(run)
    }
  }

  return {
    add(key, bytes, work) {
      const queue = queues.get(key)
      const full = (queue?.length ?? 0) >= limits.waitingPerKey
      if (full || bytesWaiting + bytes > limits.waitingBytes) return false
      bytesWaiting += bytes
      if (queue === undefined) {
        queues.set(key, [{ bytes, work }])
        ready.add(key)
        next()
      } else queue.push({ bytes, work })
      return true
    },
    async idle() {
      while (running.size > 0 || ready.size > 0) await Promise.allSettled([...running])
    },
  }
}
