/**
 * Which events of a machine somebody has to look at, drawn out of a batch. Pure. The event itself
 * is the evidence: an incident names its place in the machine's log.
 */
import type { DetailValue, EventKind, OpenEvent } from '@tillproof/shared/event/event.ts'
import type { IncidentKind } from './store.ts'

export type WatchedIncident = {
  kind: IncidentKind
  /** Which place, contact, meter or order: of each, one incident is open at a time. */
  subject: string
  index: number
  detail: Record<string, unknown>
  /** Word of the detail: closed with the same word in it, the matter is judged. */
  known?: string
}

/** More in one batch is a broken sensor or a flood; the events are all there. */
const MOST_IN_A_BATCH = 20

export function incidentsOf(events: readonly OpenEvent[]): WatchedIncident[] {
  return events.flatMap(incidentOf).slice(0, MOST_IN_A_BATCH)
}

function incidentOf(event: OpenEvent): WatchedIncident[] {
  const found = READERS.get(event.kind)?.(event)
  if (found === undefined) return []
  const { index, atMs, port, position } = event
  const where = { ...(port && { port }), ...(position && { position }) }
  const detail = plain({ event: event.kind, atMs, ...where, ...event.meters, ...event.detail })
  return [{ ...found, subject: storable(found.subject), index, detail }]
}

type Found = Pick<WatchedIncident, 'kind' | 'subject' | 'known'> | undefined

const READERS = new Map<EventKind, (event: OpenEvent) => Found>([
  ['place.left', ({ detail }) => ({ kind: 'place-left', subject: textOf(detail?.place) })],
  ['moved', () => ({ kind: 'moved', subject: '' })],
  ['tamper.on', ({ detail }) => ({ kind: 'tamper', subject: textOf(detail?.contact) })],
  ['meter.epoch', ({ port }) => ({ kind: 'meter-epoch', subject: port ?? '' })],
  ['audit.read', auditRead],
  [
    'audit.failed',
    ({ port, detail }) =>
      Number(detail?.inARow) >= FAILED_IN_A_ROW
        ? { kind: 'audit-failing', subject: port ?? '' }
        : undefined,
  ],
  ['gap', ({ detail }) => ({ kind: 'events-missing', subject: textOf(detail?.cause) })],
  ['voucher.replayed', ({ orderId }) => ({ kind: 'voucher-replayed', subject: orderId ?? '' })],
])

/** A gateway that was switched on before its machine fails once or twice. */
const FAILED_IN_A_ROW = 3

/** What cash, cashless and tokens sum up to, against the machine's own total of all times. */
const SUMS = ['identity.vends-value', 'identity.vends-count']

/**
 * The checksum says what the wire did. Sums are broken by machines of good faith, too, each in its
 * own way: a difference that somebody has looked at is no news until it changes.
 */
function auditRead({ port = '', detail }: OpenEvent): Found {
  if (detail?.g85 === 'bad') return { kind: 'audit-damaged', subject: port }
  const broken = SUMS.find(name => textOf(detail?.[name]).startsWith('off by'))
  if (broken === undefined) return undefined
  return { kind: 'audit-sums-differ', subject: `${port} ${broken}`, known: broken }
}

function textOf(value: DetailValue | undefined): string {
  return value === undefined ? '' : String(value)
}

/** JSON knows no 64-bit numbers, and PostgreSQL's texts no NUL. */
function plain(record: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(record).map(([name, value]) => {
    const shown = typeof value === 'bigint' ? String(value) : value
    return [storable(name), typeof shown === 'string' ? storable(shown) : shown]
  })
  return Object.fromEntries(entries)
}

function storable(text: string): string {
  return text.replaceAll('\u0000', '')
}
