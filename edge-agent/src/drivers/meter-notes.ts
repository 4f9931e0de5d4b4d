/**
 * Meters of machines that are not rented out, as `meter.read` events: when one has moved, but not
 * at every step, and now and then when nothing happens. Rentals write theirs at start and end.
 */
import type { Clock } from '../clock.ts'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog } from '../ports/port.ts'
import { splitPoint } from '../profile/fields.ts'
import { meterFields } from '../profile/look.ts'
import type { Machine } from '../profile/machine.ts'
import type { Look } from '../session/timed-rules.ts'

export type MeterNotes = { look(look: Look): void; idle(): Promise<void> }

/** Between two sales of a busy machine there is more time than this. */
const MOVED_EVERY_MS = 5_000

export function noteMeters(deps: {
  machine: Machine
  store: EventStore
  clock: Clock
  log: PortLog
}): MeterNotes {
  const { machine, store, clock, log } = deps
  const { meters, metersEveryMinutes, session } = machine.profile
  const isNoted = session.kind !== 'rental' && Object.keys(meters).length > 0
  let noted: Look['meters'] = {}
  let notedAtMs = Number.NEGATIVE_INFINITY
  let writing: Promise<void> | null = null

  async function write(look: Look): Promise<void> {
    const port = splitPoint(Object.values(meters)[0]?.from ?? '').port
    const fields = { port, ...meterFields(machine.profile, look) }
    const result = await store.append({ events: [{ kind: 'meter.read', fields }] })
    if (!result.ok) return log.warn({ refused: result.refused }, 'meters not recorded')
    noted = look.meters
    notedAtMs = clock.monotonicMs()
  }

  return {
    look(look) {
      if (!isNoted || writing !== null || Object.keys(look.meters).length === 0) return
      const quietMs = clock.monotonicMs() - notedAtMs
      const hasMoved = Object.entries(look.meters).some(([name, raw]) => raw !== noted[name])
      const isDue = quietMs >= metersEveryMinutes * 60_000
      if (!isDue && !(hasMoved && quietMs >= MOVED_EVERY_MS)) return
      writing = write(look)
        .catch((err: unknown) => log.error({ err }, 'meters not recorded'))
        .finally(() => {
          writing = null
        })
    },
    idle: () => writing ?? Promise.resolve(),
  }
}
