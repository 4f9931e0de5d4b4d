/**
 * What others query, drawn out of events: sales, meters, positions, lines up or down. Pure. The
 * events remain the truth; these rows could be made again from the stored batches.
 */
import type { EventKind, OpenEvent } from '@tillproof/shared/event/event.ts'

/** What a batch says about one sale, the latest word on each point. */
export type SaleFacts = {
  openIndex: number
  /** When the opening event is in this batch. */
  openedAt?: Date
  item?: string
  amountMinor?: bigint
  currency?: string
  orderId?: string
  tender?: 'cash' | 'reader'
  /** The amount of the opening event. */
  requestedMinor?: bigint
  outcome?: { state: 'succeeded' | 'failed'; presumed: boolean; index: number; at: Date }
}
/** The events of one sale in a batch, by index. */
export type SaleEvents = {
  openIndex: number
  events: { index: number; kind: EventKind; at: Date }[]
}
export type Facts = {
  sales: SaleFacts[]
  saleEvents: SaleEvents[]
  meters: { index: number; name: string; value: bigint; at: Date }[]
  positions: { index: number; latitudeE7: number; longitudeE7: number; at: Date }[]
  /** The last word on each line. */
  ports: { port: string; state: 'up' | 'down'; at: Date }[]
  /** The last word on each door and lid. */
  contacts: { contact: string; isOn: boolean; at: Date }[]
  /** `name@version` of the profile by which the agent started last: none or one. */
  profiles: { profile: string }[]
}

/** The last millisecond of the year 9999: what a broken clock claims beyond is shown as that. */
const LATEST_MS = 253_402_300_799_999

export function instantOf(event: OpenEvent): Date {
  return new Date(Math.min(event.atMs, LATEST_MS))
}

export function factsOf(events: readonly OpenEvent[]): Facts {
  const sales = new Map<number, SaleFacts>()
  const saleEvents = new Map<number, SaleEvents>()
  const ports = new Map<string, Facts['ports'][number]>()
  const contacts = new Map<string, Facts['contacts'][number]>()
  const facts: Pick<Facts, 'meters' | 'positions'> = { meters: [], positions: [] }
  let profiles: Facts['profiles'] = []
  for (const event of events) {
    const at = instantOf(event)
    const { index, kind, position } = event
    if (event.sale !== undefined) {
      const known = sales.get(event.sale) ?? { openIndex: event.sale }
      sales.set(event.sale, withEvent(known, event, at))
      const said = saleEvents.get(event.sale) ?? { openIndex: event.sale, events: [] }
      said.events.push({ index, kind, at })
      saleEvents.set(event.sale, said)
    }
    for (const [name, value] of Object.entries(event.meters ?? {})) {
      if (isStorable(name)) facts.meters.push({ index, name, value, at })
    }
    if (position !== undefined && isOnEarth(position)) {
      facts.positions.push({ index, ...position, at })
    }
    const { port } = event
    if (isStorable(port) && (kind === 'port.up' || kind === 'port.down')) {
      ports.set(port, { port, state: kind === 'port.up' ? 'up' : 'down', at })
    }
    if (kind === 'agent.started') profiles = [{ profile: profileOf(event) }]
    const isOn = CONTACTS.get(kind)
    const contact = contactOf(event)
    if (isOn !== undefined && isStorable(contact)) contacts.set(contact, { contact, isOn, at })
  }
  return {
    ...facts,
    sales: [...sales.values()],
    saleEvents: [...saleEvents.values()],
    ports: [...ports.values()],
    contacts: [...contacts.values()],
    profiles,
  }
}

/** Empty when it named none that can be kept. */
function profileOf({ detail }: OpenEvent): string {
  const name = detail?.profile
  return typeof name === 'string' && isStorable(name) ? name : ''
}

const CONTACTS = new Map<EventKind, boolean>([
  ['door.opened', true],
  ['door.closed', false],
  ['tamper.on', true],
  ['tamper.off', false],
])

/** Its name, or the kind of thing that it is for events that name none. */
function contactOf({ kind, detail }: OpenEvent): string {
  const name = detail?.contact
  return typeof name === 'string' ? name : (kind.split('.')[0] ?? kind)
}

/** A sale that is decided stays as it is, as it does when its result came in an earlier batch. */
function withEvent(known: SaleFacts, event: OpenEvent, at: Date): SaleFacts {
  if (known.outcome !== undefined) return known
  const sale = { ...known }
  if (event.index === event.sale) {
    sale.openedAt = at
    if (event.tender !== undefined) sale.tender = event.tender
  }
  if (isStorable(event.item)) sale.item = event.item
  if (event.orderId !== undefined) sale.orderId = event.orderId
  // A machine may claim nonsense; it is kept as an event, but never becomes a figure.
  if (event.amountMinor !== undefined && event.amountMinor >= 0n && event.currency !== undefined) {
    if (event.index === event.sale) sale.requestedMinor = event.amountMinor
    sale.amountMinor = event.amountMinor
    sale.currency = event.currency
  }
  const state = stateAfter(event)
  if (state !== undefined) {
    sale.outcome = { state, presumed: event.result === 'presumed', index: event.index, at }
  }
  return sale
}

/** PostgreSQL's text knows no NUL; a name with one stays in the event and becomes no fact. */
function isStorable(text: string | undefined): text is string {
  return text !== undefined && !text.includes('\u0000')
}

/** A presumed result counts as success: the goods may be out, and the money is taken. */
function stateAfter({ kind, result }: OpenEvent): 'succeeded' | 'failed' | undefined {
  if (kind === 'sale.refused') return 'failed'
  if (kind !== 'sale.result' || result === undefined) return undefined
  return result === 'failed' ? 'failed' : 'succeeded'
}

function isOnEarth({ latitudeE7, longitudeE7 }: { latitudeE7: number; longitudeE7: number }) {
  return Math.abs(latitudeE7) <= 900_000_000 && Math.abs(longitudeE7) <= 1_800_000_000
}
