/** Turns a port's changes into facts: one `port.up` or `port.down` for each real change. */
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog, PortState } from '../ports/port.ts'

/** The listener for a port's state. Attempts to open in between are not facts. */
export function notePortChanges(
  deps: { store: EventStore; log: PortLog },
  port: string,
): (state: PortState, detail: string) => void {
  let noted: PortState = 'opening'
  return (state, detail) => {
    if (state === 'opening' || state === noted) return
    noted = state
    const kind = state === 'up' ? 'port.up' : 'port.down'
    deps.log.info({ port, detail }, kind)
    const fields = detail === '' ? { port } : { port, detail: { reason: detail.slice(0, 200) } }
    deps.store
      .append({ events: [{ kind, fields }] })
      .then(result => {
        if (!result.ok) deps.log.warn({ port, refused: result.refused }, `${kind} not recorded`)
      })
      .catch((err: unknown) => deps.log.error({ port, err }, `${kind} not recorded`))
  }
}
