/**
 * Tells open dashboards what was committed, a few times a second and all at once. A notification
 * takes a lock that every commit with one waits for, so it has no place in a transaction that
 * others are waiting behind. What is told is a hint: nothing is lost with it but a moment.
 */
import type { Db } from './db.ts'
import type { Log } from './pool.ts'

/** `payload` is small: PostgreSQL refuses notifications of 8,000 bytes and more. */
export type LiveNote = { operatorId: string; deviceId: string; type: string; payload: object }

export type LiveNotes = {
  tell(notes: readonly LiveNote[]): void
  /** Tells what is still waiting. */
  close(): Promise<void>
}

const GATHER_MS = 100
/** Pages that missed so many load anew anyway. */
const MOST_WAITING = 5_000

export function liveNotes(db: Pick<Db, 'withSystem'>, log: Log): LiveNotes {
  let waiting: LiveNote[] = []
  let timer: NodeJS.Timeout | undefined
  let telling = Promise.resolve()

  async function flush(): Promise<void> {
    timer = undefined
    const notes = waiting
    waiting = []
    if (notes.length === 0) return
    try {
      await db.withSystem(tx =>
        tx.query(
          `select notify_live(n.operator, n.device, n.type, n.payload)
           from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[])
             as n (operator, device, type, payload)`,
          [
            notes.map(({ operatorId }) => operatorId),
            notes.map(({ deviceId }) => deviceId),
            notes.map(({ type }) => type),
            notes.map(({ payload }) => JSON.stringify(payload)),
          ],
        ),
      )
    } catch (error) {
      log('warn', 'open pages were not told', { notes: notes.length, reason: String(error) })
    }
  }

  return {
    tell(notes) {
      waiting = [...waiting, ...notes].slice(-MOST_WAITING)
      timer ??= setTimeout(() => {
        telling = flush()
      }, GATHER_MS)
    },
    async close() {
      clearTimeout(timer)
      await telling
      await flush()
    },
  }
}
