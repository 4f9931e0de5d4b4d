/**
 * The main thread's side of the journal: one worker thread, any number of journals.
 * A caller sees promises; order of calls is order in the log.
 */
import { Worker } from 'node:worker_threads'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Clock, systemBootId, systemClock } from '../clock.ts'
import type { StampedRequest } from './append.ts'
import type {
  AppendRefusal,
  AppendRequest,
  AppendResult,
  CommittedEvent,
  Journal,
  RedactRefusal,
  RedactResult,
} from './event-store.ts'
import {
  type AppendAnswer,
  type Call,
  type FromWorker,
  fromFault,
  type OperationName,
  type Operations,
  type ToWorker,
} from './protocol.ts'

/** Space kept for the facts of sales already begun; below it new sales are refused. */
export const DEFAULT_RESERVE_BYTES = 32 * 1024 * 1024

export type JournalOptions = {
  path: string
  /** `<cloud name>/d/<device id>/<epoch>`; written into a new journal, compared in an old one. */
  origin: string
  clock?: Clock
  bootId?: Uint8Array
  reserveBytes?: number
  /** Events of one kind that is not about money beyond this are shed; without it none is. */
  telemetryPerHour?: number
}
export type JournalHost = {
  /** Opens or makes a journal; throws the coded `journal.*` errors of database, lock and tail. */
  open(options: JournalOptions): Promise<Journal>
  /** Ends the worker; close the journals first, or their locks stay to be taken over. */
  close(): Promise<void>
}

type Link = {
  call<Name extends OperationName>(
    journal: number,
    operation: Name,
    argument: Operations[Name]['argument'],
  ): Promise<Operations[Name]['answer']>
  append(journal: number, request: StampedRequest): Promise<AppendAnswer>
  listen(journal: number, listener: Listener): void
  forget(journal: number): void
}
type Listener = (size: number, events: CommittedEvent[]) => void
type Pending = { resolve(value: unknown): void; reject(error: unknown): void }

/** Starts the worker thread. It does not keep the process alive while nothing is asked of it. */
export function openJournalHost(): JournalHost {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  const link = connect(worker)
  let journals = 0
  return {
    open: options => openJournal(link, journals++, options),
    async close() {
      await worker.terminate()
    },
  }
}

function connect(worker: Worker): Link {
  const pending = new Map<number, Pending>()
  const listeners = new Map<number, Listener>()
  let calls = 0
  worker.on('message', (message: FromWorker) => receive(message, pending, listeners))
  worker.on('error', error => rejectAll(pending, workerError(error)))
  worker.on('exit', () => rejectAll(pending, workerError(undefined)))
  worker.unref()
  const send = (message: ToWorker): Promise<unknown> => {
    worker.ref()
    const answer = new Promise((resolve, reject) => pending.set(message.id, { resolve, reject }))
    worker.postMessage(message)
    return answer.finally(() => pending.size === 0 && worker.unref())
  }
  return {
    call(journal, operation, argument) {
      const call = { type: 'call', id: calls++, journal, operation, argument } as Call
      return send(call) as Promise<Operations[typeof operation]['answer']>
    },
    append(journal, request) {
      return send({ type: 'append', id: calls++, journal, request }) as Promise<AppendAnswer>
    },
    listen: (journal, listener) => listeners.set(journal, listener),
    forget: journal => listeners.delete(journal),
  }
}

function receive(
  message: FromWorker,
  pending: Map<number, Pending>,
  listeners: Map<number, Listener>,
): void {
  const take = (id: number) => {
    const call = pending.get(id)
    pending.delete(id)
    return call
  }
  switch (message.type) {
    case 'answer':
      take(message.id)?.resolve(message.value)
      break
    case 'fault':
      take(message.id)?.reject(fromFault(message.fault))
      break
    case 'committed':
      for (const answer of message.answers) take(answer.id)?.resolve(answer)
      listeners.get(message.journal)?.(message.size, message.events)
      break
  }
}

function rejectAll(pending: Map<number, Pending>, error: TillproofError): void {
  for (const call of pending.values()) call.reject(error)
  pending.clear()
}

function workerError(cause: unknown): TillproofError {
  return new TillproofError(
    'journal.unavailable',
    `The journal's thread has ended${cause instanceof Error ? `: ${cause.message}` : ''}.`,
    'Start the agent again.',
    { cause },
  )
}

async function openJournal(link: Link, id: number, options: JournalOptions): Promise<Journal> {
  const { path, origin, reserveBytes = DEFAULT_RESERVE_BYTES } = options
  const telemetryPerHour = options.telemetryPerHour ?? Number.POSITIVE_INFINITY
  const clock = options.clock ?? systemClock
  const bootId = options.bootId ?? systemBootId()
  const opened = await link.call(id, 'open', {
    path,
    origin,
    reserveBytes,
    telemetryPerHour,
  })
  const subscribers = new Set<(events: CommittedEvent[]) => void>()
  const stamp = () => ({ atMs: clock.nowMs(), monotonicMs: clock.monotonicMs(), bootId })
  let { size, releasedTo, death } = opened
  link.listen(id, (newSize, events) => {
    if (newSize >= 0) size = newSize
    if (events.length > 0) for (const notify of [...subscribers]) notify(events)
  })
  return {
    origin,
    async append(request) {
      return toResult(await link.append(id, { ...request, stamp: stamp() }), request)
    },
    async redact(index, reason) {
      const fields = { detail: { index, reason } }
      const events = [{ kind: 'redaction' as const, fields }]
      return toRedacted(await link.append(id, { events, erase: index, stamp: stamp() }))
    },
    size: () => size,
    subscribe(listener) {
      subscribers.add(listener)
      return () => subscribers.delete(listener)
    },
    readState: key => link.call(id, 'readState', key),
    readEntries: (from, limit) => link.call(id, 'readEntries', { from, limit }),
    headAt: at => link.call(id, 'headAt', at),
    saveHead: async head => void (await link.call(id, 'saveHead', head)),
    readHead: at => link.call(id, 'readHead', at),
    newestHead: () => link.call(id, 'newestHead', null),
    saveReceipt: async receipt => void (await link.call(id, 'saveReceipt', receipt)),
    newestReceipt: () => link.call(id, 'newestReceipt', null),
    async release(keepMs, limit) {
      const released = await link.call(id, 'release', { keepMs, limit })
      releasedTo = released.releasedTo
      return released.count
    },
    releasedTo: () => releasedTo,
    async declareDead(found) {
      death ??= found
      await link.call(id, 'declareDead', death)
    },
    death: () => death,
    inclusionProof: (index, at) => link.call(id, 'inclusionProof', { index, size: at }),
    consistencyProof: (size1, size2) => link.call(id, 'consistencyProof', { size1, size2 }),
    async close() {
      await link.call(id, 'close', null)
      link.forget(id)
    },
  }
}

function toResult(answer: AppendAnswer, request: AppendRequest): AppendResult {
  if ('fault' in answer) throw fromFault(answer.fault)
  // Only a redaction is refused for its own reasons.
  if (!answer.ok) return { ok: false, refused: answer.refused as AppendRefusal }
  const events = request.events.flatMap((draft, position) => {
    const index = answer.indexes[position] ?? null
    return index === null ? [] : [{ index, draft }]
  })
  return { ok: true, events, size: answer.size }
}

function toRedacted(answer: AppendAnswer): RedactResult {
  if ('fault' in answer) throw fromFault(answer.fault)
  if (!answer.ok) return { ok: false, refused: answer.refused as RedactRefusal }
  return { ok: true, index: answer.size - 1, size: answer.size }
}
