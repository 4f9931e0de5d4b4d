/**
 * One Modbus bus, serial (RTU) or TCP, and the only place that talks on it.
 *
 * Why a queue: the library gives the answer of one request to another when two are under way, and
 * takes a late answer of fitting length for the next one's, and puts the rest of a damaged one
 * before it. So there is one request at a time, and after a timeout or a damaged answer the line is
 * given time to say what it still has to say and is opened anew. What comes back is checked again:
 * count on reads, echo on writes.
 */
import type { Block } from '@tillproof/firmware-bridge/modbus/decode.ts'
import type { Clock } from '../clock.ts'
import { type BusAnswer, refuse } from './bus-answer.ts'
import { type BusConnection, type BusTransport, connectBus } from './modbus-connection.ts'
import {
  type PortLog,
  type PortState,
  type PortStatus,
  reopenDelayMs,
  STEADY_AFTER_MS,
} from './port.ts'

export type ModbusBus = {
  /** Words of registers, or bits as 0 and 1, in address order; exactly `block.count` of them. */
  read(unitId: number, block: Block): Promise<BusAnswer<number[]>>
  /** Function 16, also for one register. A timeout does not say whether the box took it. */
  writeRegisters(unitId: number, address: number, words: number[]): Promise<BusAnswer<true>>
  writeCoil(unitId: number, address: number, on: boolean): Promise<BusAnswer<true>>
  status(): PortStatus
  stop(): Promise<void>
}

export type ModbusBusOptions = {
  name: string
  transport: BusTransport
  clock: Clock
  log: PortLog
  /** Longest wait for an answer. */
  timeoutMs?: number
  onState(state: PortState, detail: string): void
}

type Bus = {
  options: ModbusBusOptions
  status: PortStatus
  connection: BusConnection | null
  tail: Promise<unknown>
  waiting: number
  failures: number
  attempt: number
  upSinceMs: number
  wasUp: boolean
  stopped: boolean
  cancelRetry: () => void
}

const TIMEOUT_MS = 500
/** Silence after an answer on a serial line, in which the same said twice is let pass. */
const REST_MS = 15
/** Requests that may wait; more means that somebody polls faster than the bus answers. */
const MAX_WAITING = 32
/** Unanswered requests in a row after which the line is opened again. */
const MAX_FAILURES = 3

export function openModbusBus(options: ModbusBusOptions): ModbusBus {
  const { transport } = options
  const path = transport.kind === 'rtu' ? transport.path : `${transport.host}:${transport.port}`
  const bus: Bus = {
    options,
    status: {
      name: options.name,
      path,
      state: 'opening',
      lastGoodFrameAtMs: null,
      reopenCount: 0,
      detail: '',
    },
    connection: null,
    tail: Promise.resolve(),
    waiting: 0,
    failures: 0,
    attempt: 0,
    upSinceMs: 0,
    wasUp: false,
    stopped: false,
    cancelRetry: () => undefined,
  }
  void open(bus)
  return {
    read: (unitId, block) => ask(bus, line => line.read(unitId, block)),
    writeRegisters: (unitId, address, words) =>
      ask(bus, line => line.writeRegisters(unitId, address, words)),
    writeCoil: (unitId, address, on) => ask(bus, line => line.writeCoil(unitId, address, on)),
    status: () => ({ ...bus.status }),
    stop: () => stop(bus),
  }
}

async function open(bus: Bus): Promise<void> {
  if (bus.stopped) return
  setState(bus, 'opening', bus.status.detail)
  bus.failures = 0
  await connect(bus)
}

async function connect(bus: Bus): Promise<void> {
  const opened = await connectBus(bus.options.transport, timeoutOf(bus))
  if (!opened.ok) return lose(bus, opened.detail)
  if (bus.stopped) return opened.connection.close()
  const { connection } = opened
  bus.connection = connection
  connection.onClose(reason => {
    if (bus.connection === connection) lose(bus, reason)
  })
}

function timeoutOf(bus: Bus): number {
  return bus.options.timeoutMs ?? TIMEOUT_MS
}

/** Puts a request behind those that wait, answers its caller, then lets the line calm down. */
function ask<T>(
  bus: Bus,
  request: (line: BusConnection) => Promise<BusAnswer<T>>,
): Promise<BusAnswer<T>> {
  if (bus.waiting >= MAX_WAITING) return Promise.resolve(refuse('queue-full', 'too many requests'))
  bus.waiting++
  const answer = bus.tail.then(() => askNow(bus, request))
  bus.tail = answer.then(it => settle(bus, it)).finally(() => bus.waiting--)
  return answer
}

function askNow<T>(
  bus: Bus,
  request: (line: BusConnection) => Promise<BusAnswer<T>>,
): Promise<BusAnswer<T>> {
  if (bus.connection === null) {
    return Promise.resolve(refuse('bus-down', bus.status.detail || 'not open yet'))
  }
  return request(bus.connection)
}

async function settle(bus: Bus, answer: BusAnswer<unknown>): Promise<void> {
  if (answer.ok || answer.refused === 'exception') {
    noteGood(bus)
    return bus.options.transport.kind === 'rtu' ? pause(bus, REST_MS) : undefined
  }
  if (answer.refused === 'bus-down' || bus.connection === null) return
  if (++bus.failures >= MAX_FAILURES || bus.options.transport.kind === 'tcp') {
    return lose(bus, answer.detail)
  }
  await pause(bus, timeoutOf(bus))
  await renew(bus)
}

function pause(bus: Bus, ms: number): Promise<void> {
  return new Promise(resolve => bus.options.clock.after(ms, resolve))
}

/** A new connection on a line that is still there: whatever was left on the way is forgotten. */
async function renew(bus: Bus): Promise<void> {
  const { connection } = bus
  if (connection === null || bus.stopped) return
  bus.connection = null
  await connection.close()
  await connect(bus)
}

function noteGood(bus: Bus): void {
  bus.failures = 0
  bus.status.lastGoodFrameAtMs = bus.options.clock.nowMs()
  if (bus.status.state === 'up') return
  if (bus.wasUp) bus.status.reopenCount++
  bus.wasUp = true
  bus.upSinceMs = bus.options.clock.monotonicMs()
  setState(bus, 'up', '')
}

function lose(bus: Bus, reason: string): void {
  if (bus.stopped) return
  const connection = bus.connection
  bus.connection = null
  void connection?.close()
  const upForMs = bus.options.clock.monotonicMs() - bus.upSinceMs
  if (bus.status.state === 'up' && upForMs >= STEADY_AFTER_MS) bus.attempt = 0
  setState(bus, 'down', reason)
  bus.cancelRetry = bus.options.clock.after(reopenDelayMs(bus.attempt++), () => void open(bus))
}

function setState(bus: Bus, state: PortState, detail: string): void {
  const changed = bus.status.state !== state || bus.status.detail !== detail
  bus.status.state = state
  bus.status.detail = detail
  if (!changed) return
  bus.options.log.debug({ port: bus.options.name, state, detail }, 'port')
  bus.options.onState(state, detail)
}

async function stop(bus: Bus): Promise<void> {
  bus.stopped = true
  bus.cancelRetry()
  const connection = bus.connection
  bus.connection = null
  await connection?.close()
  await bus.tail
}
