/**
 * A bridge's memory in the journal, written together with the facts that follow from it, one
 * after the other. What cannot be written is tried again: the bridge keeps its events until then.
 */
import type { BridgeFact, BridgeMemory } from '@tillproof/firmware-bridge/bridge/memory.ts'
import { z } from 'zod'
import { eventsOfBridge } from './bridge-points.ts'
import type { LineDeps } from './line.ts'

const number = z.number().int().min(0)
const memory = z.strictObject({
  unit: number,
  boot: number,
  received: number,
  counters: z.record(z.string(), number),
  fromZero: z.boolean(),
  contacts: z.record(z.string(), z.boolean()),
  lostChanges: number,
})

export type BridgeStore = {
  /** As it was kept last; null when there is none. */
  read(): Promise<BridgeMemory | null>
  keep(facts: BridgeFact[], memory: BridgeMemory): void
  idle(): Promise<void>
}

const RETRY_MS = 1_000

export function openBridgeStore(
  { name, store, clock, log }: Pick<LineDeps, 'name' | 'store' | 'clock' | 'log'>,
  onKept: (memory: BridgeMemory) => void,
): BridgeStore {
  const key = `bridge.${name}`
  let tail: Promise<void> = Promise.resolve()

  async function write(facts: BridgeFact[], kept: BridgeMemory): Promise<void> {
    const request = { events: eventsOfBridge(name, facts), state: { [key]: JSON.stringify(kept) } }
    for (let tries = 1; ; tries++) {
      const failure = await store.append(request).then(
        result => (result.ok ? null : result.refused),
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )
      if (failure === null) return onKept(kept)
      log.warn({ port: name, failure, tries }, 'the bridge has to wait')
      // A journal that stays away: the bridge tells all of it again to the next run.
      if (tries === MAX_TRIES) return
      await new Promise<void>(resolve => clock.after(RETRY_MS, resolve))
    }
  }

  return {
    async read() {
      const text = await store.readState(key)
      const parsed = memory.safeParse(text === undefined ? undefined : JSON.parse(text))
      return parsed.success ? parsed.data : null
    },
    keep(facts, kept) {
      tail = tail.then(() => write(facts, kept))
    },
    idle: () => tail,
  }
}

const MAX_TRIES = 60
