/**
 * Runs the watches of a machine against the journal: looks, fixes and shown codes in, facts out, in
 * order. State and facts go to the disk together; what is refused there is seen again at the next
 * look, because the state then stays as it was.
 */
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import type { OpenEvent, Position } from '@tillproof/shared/event/event.ts'
import type { Clock } from '../clock.ts'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog } from '../ports/port.ts'
import { splitPoint } from '../profile/fields.ts'
import type { Fence, Machine } from '../profile/machine.ts'
import type { Look } from '../session/timed-rules.ts'
import type { Place } from '../session/watch/places.ts'
import { stepWatch, type WatchInput, type WatchRules } from '../session/watch/watch.ts'
import {
  decodeWatch,
  encodeWatch,
  WATCH_KEY,
  type WatchState,
} from '../session/watch/watch-state.ts'

export type WatchDeps = { store: EventStore; clock: Clock; log: PortLog; machine: Machine }

export type Watch = {
  look(look: Look): void
  fix(position: Position): void
  /** A voucher was refused because its order was served before. */
  replayed(orderId: string): void
  /** Takes nothing more; resolves when what was taken is written. */
  stop(): Promise<void>
}

type Running = {
  deps: WatchDeps
  rules: WatchRules
  /** Null before the start, and after a journal that failed. */
  state: WatchState | null
  /** The open rental; undefined until the journal, or an event, has told. */
  sale: number | null | undefined
  waiting: number
  tail: Promise<void>
  stopped: boolean
}

/** Looks come faster than a dying disk commits; the next one says the same. */
const MOST_WAITING = 50
/** An open sale is among the last facts: nothing else of a rented machine comes so often. */
const LAST_EVENTS = 2_000
const CHUNK = 256

export function startWatch(deps: WatchDeps): Watch {
  const watch: Running = {
    deps,
    rules: watchRulesOf(deps.machine),
    state: null,
    sale: undefined,
    waiting: 0,
    tail: Promise.resolve(),
    stopped: false,
  }
  const unsubscribe = deps.store.subscribe(events => {
    for (const { open } of events) follow(watch, open)
  })
  return {
    look: look => enqueue(watch, { type: 'look', look }),
    fix: position => enqueue(watch, { type: 'fix', position }),
    replayed: orderId => enqueue(watch, { type: 'replayed', orderId }),
    async stop() {
      watch.stopped = true
      unsubscribe()
      await watch.tail
    },
  }
}

/** What the profile says of watching, with the machine's own fence. */
export function watchRulesOf({ profile, fence }: Machine): WatchRules {
  const portOf = (from: string) => splitPoint(from).port
  const meters = Object.entries(profile.meters).filter(([, { falls }]) => falls === 'never')
  const { position } = profile.watch
  return {
    contacts: profile.watch.contacts.map(contact => {
      return { ...contact, port: portOf(profile.signals[contact.signal]?.from ?? '') }
    }),
    ...(position === undefined ? {} : { position }),
    places: fence === null ? [] : [placeOf(fence)],
    meters: Object.fromEntries(
      meters.map(([name, { bits, from }]) => [name, { bits, port: portOf(from) }]),
    ),
  }
}

function placeOf(fence: Fence): Place {
  if ('corners' in fence) {
    const corners = fence.corners.map(([latitude, longitude]) => positionOf(latitude, longitude))
    return { name: 'site', corners }
  }
  const { latitude, longitude, radiusMetres } = fence
  return { name: 'site', centre: positionOf(latitude, longitude), radiusMetres }
}

function positionOf(latitude: number, longitude: number): Position {
  return { latitudeE7: Math.round(latitude * 1e7), longitudeE7: Math.round(longitude * 1e7) }
}

/** Facts belong to a sale while something is rented out; a vend is over in seconds. */
function follow(watch: Running, { kind, sale, result }: OpenEvent): void {
  const isRental = watch.deps.machine.profile.session.kind === 'rental'
  if (kind === 'sale.approved' && isRental) watch.sale = sale ?? null
  if (kind !== 'sale.result') return
  if (watch.sale === undefined || sale === watch.sale) watch.sale = null
  // Only doors and lids count what was sold between them.
  if (result !== 'failed' && watch.rules.contacts.length > 0) enqueue(watch, { type: 'sold' })
}

function enqueue(watch: Running, input: WatchInput): void {
  if (watch.stopped || watch.waiting >= MOST_WAITING) return
  watch.waiting++
  watch.tail = watch.tail.then(() => take(watch, input)).finally(() => watch.waiting--)
}

async function take(watch: Running, input: WatchInput): Promise<void> {
  const { store, clock, log } = watch.deps
  try {
    watch.state ??= await boot(watch)
    const moment = { nowMs: clock.nowMs(), sale: watch.sale ?? null }
    const { state, events } = stepWatch(watch.rules, watch.state, input, moment)
    if (events.length > 0 || input.type === 'sold') {
      const result = await store.append({ events, state: { [WATCH_KEY]: encodeWatch(state) } })
      if (!result.ok) return log.warn({ refused: result.refused }, 'watched facts not recorded')
    }
    watch.state = state
  } catch (err) {
    watch.state = null
    log.error({ err }, 'watched facts not recorded')
  }
}

async function boot(watch: Running): Promise<WatchState> {
  const { store, clock, machine } = watch.deps
  const isRental = machine.profile.session.kind === 'rental'
  const found = isRental ? await openSale(store) : null
  // What was told while we read is newer.
  if (watch.sale === undefined) watch.sale = found
  return decodeWatch(await store.readState(WATCH_KEY), clock.nowMs())
}

/** The last approved sale, unless its result is there. */
async function openSale(store: EventStore): Promise<number | null> {
  const size = store.size()
  const closed = new Set<number>()
  for (let end = size; end > Math.max(0, size - LAST_EVENTS); end = Math.max(0, end - CHUNK)) {
    const from = Math.max(0, end - CHUNK)
    for (const { parts } of (await store.readEntries(from, end - from)).toReversed()) {
      const open = parts && decodeOpen(parts.open)
      if (open?.sale === undefined) continue
      if (open.kind === 'sale.result') closed.add(open.sale)
      if (open.kind === 'sale.approved') return closed.has(open.sale) ? null : open.sale
    }
  }
  return null
}
