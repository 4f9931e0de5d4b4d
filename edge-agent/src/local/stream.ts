/**
 * The event stream of the local API: stored events from an index on, then live ones, in order and
 * without gaps. A reader that does not keep up is cut off; it comes back with the index it needs.
 */
import type { CommittedEvent, EventStore } from '../journal/event-store.ts'
import { type EventJson, eventJson, type GoneEventJson, storedEventJson } from './event-json.ts'

/** What is needed of a WebSocket. */
export type StreamSocket = {
  send(text: string): void
  /** Bytes handed over and not yet sent. */
  bufferedAmount: number
  close(code: number, reason: string): void
  on(event: 'close' | 'error', listener: () => void): unknown
}
type Log = { deviceId: string; epoch: number }

const PAGE = 200
const BUFFER_LIMIT_BYTES = 1024 * 1024
const DRAIN_PAUSE_MS = 20
const CODE_TOO_SLOW = 1013
const CODE_FAILED = 1011

/** Serves one reader until it leaves. `from` undefined: live events only. */
export function streamEvents(
  store: EventStore,
  log: Log,
  socket: StreamSocket,
  from: number | undefined,
): void {
  const reader: Reader = { store, log, socket, next: from ?? store.size(), isOpen: true, ready: [] }
  const unsubscribe = store.subscribe(events => {
    if (reader.isLive) sendLive(reader, events)
    else reader.ready.push(...events)
  })
  const leave = () => {
    reader.isOpen = false
    unsubscribe()
  }
  socket.on('close', leave)
  socket.on('error', leave)
  catchUp(reader).catch(() => socket.close(CODE_FAILED, 'the journal cannot be read'))
}

type Reader = {
  store: EventStore
  log: Log
  socket: StreamSocket
  /** Index of the next event to send. */
  next: number
  isOpen: boolean
  isLive?: boolean
  /** Live events that arrive while the stored ones are still being sent. */
  ready: CommittedEvent[]
}

async function catchUp(reader: Reader): Promise<void> {
  while (reader.isOpen && reader.next < reader.store.size()) {
    for (const entry of await reader.store.readEntries(reader.next, PAGE)) {
      send(reader, storedEventJson(reader.log, entry))
    }
    reader.ready = reader.ready.filter(({ index }) => index >= reader.next)
    await drained(reader)
  }
  reader.isLive = true
  sendLive(reader, reader.ready.splice(0))
}

function sendLive(reader: Reader, events: CommittedEvent[]): void {
  for (const { index, open } of events) {
    if (index >= reader.next) send(reader, eventJson(reader.log, open))
  }
  if (reader.socket.bufferedAmount > BUFFER_LIMIT_BYTES) {
    reader.socket.close(CODE_TOO_SLOW, `too slow: come back with from=${reader.next}`)
  }
}

function send(reader: Reader, event: EventJson | GoneEventJson): void {
  if (!reader.isOpen) return
  reader.socket.send(JSON.stringify(event))
  reader.next = event.index + 1
}

/** A reader of history is waited for; only a live one may be too slow. */
async function drained(reader: Reader): Promise<void> {
  while (reader.isOpen && reader.socket.bufferedAmount > BUFFER_LIMIT_BYTES / 4) {
    await new Promise(resolve => setTimeout(resolve, DRAIN_PAUSE_MS))
  }
}
