/**
 * One supervisor for one serial port. It keeps the port open under its stable path, for ever:
 * a lost port is opened again with growing delays, a write that never completes and a talking
 * device that falls silent count as lost too.
 *
 *   opening ──opened, or first good frame when watched──▶ up ──lost──▶ down ──delay──▶ opening
 *
 * serialport notices an unplug only while somebody reads, so a data listener is always attached.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { SerialPort } from 'serialport'
import type { Clock } from '../clock.ts'
import {
  type PortLog,
  type PortState,
  type PortStatus,
  reopenDelayMs,
  STEADY_AFTER_MS,
} from './port.ts'

export type SerialLineOptions = {
  name: string
  /** Stable path, best one of /dev/serial/by-id. */
  path: string
  baudRate: number
  clock: Clock
  log: PortLog
  /**
   * Longest silence of a device that talks by itself or is polled; then the port is opened again,
   * and the port counts as up only from its first good frame. Null for devices that may be silent.
   */
  watchdogMs: number | null
  writeTimeoutMs?: number
  /** The port is open and can be written to; it may not be `up` yet. */
  onOpen?(): void
  onChunk(chunk: Uint8Array): void
  onState(state: PortState, detail: string): void
}

export type WriteOutcome = 'written' | 'not-open' | 'failed' | 'timeout'

export type SerialLine = {
  /** Resolves when the bytes left for the driver; the device may still be deaf. Never rejects. */
  write(bytes: Uint8Array): Promise<WriteOutcome>
  /** To be called for each frame that made sense; feeds the watchdog. */
  noteGoodFrame(): void
  status(): PortStatus
  stop(): Promise<void>
}

type Line = {
  options: SerialLineOptions
  status: PortStatus
  port: SerialPort | null
  attempt: number
  openedAtMs: number
  wasUp: boolean
  stopped: boolean
  cancelRetry: () => void
  cancelWatchdog: () => void
}

const WRITE_TIMEOUT_MS = 2000

export function openSerialLine(options: SerialLineOptions): SerialLine {
  const line: Line = {
    options,
    status: {
      name: options.name,
      path: options.path,
      state: 'opening',
      lastGoodFrameAtMs: null,
      reopenCount: 0,
      detail: '',
    },
    port: null,
    attempt: 0,
    openedAtMs: 0,
    wasUp: false,
    stopped: false,
    cancelRetry: () => undefined,
    cancelWatchdog: () => undefined,
  }
  attemptOpen(line)
  return {
    write: bytes => write(line, bytes),
    noteGoodFrame: () => noteGoodFrame(line),
    status: () => ({ ...line.status }),
    stop: () => stop(line),
  }
}

function attemptOpen(line: Line): void {
  if (line.stopped) return
  setState(line, 'opening', line.status.detail)
  const port = newPort(line)
  line.port = port
  port.on('data', (chunk: Buffer) => {
    if (line.port === port) line.options.onChunk(new Uint8Array(chunk))
  })
  port.on('error', error => lose(line, port, error.message))
  port.on('end', () => lose(line, port, 'end of stream'))
  port.on('close', (error: unknown) =>
    lose(line, port, error instanceof Error ? error.message : 'closed'),
  )
  port.open(error => {
    if (line.stopped || line.port !== port) return port.close(() => undefined)
    if (error) return lose(line, port, error.message)
    onOpened(line)
  })
}

function newPort(line: Line): SerialPort {
  const { path, baudRate } = line.options
  try {
    return new SerialPort({ path, baudRate, autoOpen: false })
  } catch (cause) {
    throw new TillproofError(
      'port.unusable',
      `The port ${line.options.name} cannot be used with path ${path} at ${baudRate} baud.`,
      'Correct the path and the baud rate in agent.yaml.',
      { cause },
    )
  }
}

function onOpened(line: Line): void {
  line.openedAtMs = line.options.clock.monotonicMs()
  if (line.options.watchdogMs === null) goUp(line)
  else armWatchdog(line)
  line.options.onOpen?.()
}

function goUp(line: Line): void {
  if (line.wasUp) line.status.reopenCount++
  line.wasUp = true
  setState(line, 'up', '')
}

function noteGoodFrame(line: Line): void {
  if (line.port === null || line.stopped) return
  line.status.lastGoodFrameAtMs = line.options.clock.nowMs()
  if (line.status.state === 'opening') goUp(line)
  armWatchdog(line)
}

function armWatchdog(line: Line): void {
  const { watchdogMs, clock } = line.options
  line.cancelWatchdog()
  if (watchdogMs === null) return
  const port = line.port
  line.cancelWatchdog = clock.after(watchdogMs, () => {
    if (port !== null) lose(line, port, `silent for ${watchdogMs} ms`)
  })
}

/** The port of `lose` may be an earlier one whose events come late: those are ignored. */
function lose(line: Line, port: SerialPort, reason: string): void {
  if (line.port !== port || line.stopped) return
  line.port = null
  line.cancelWatchdog()
  if (port.isOpen) port.close(() => undefined)
  const upForMs = line.options.clock.monotonicMs() - line.openedAtMs
  if (line.status.state === 'up' && upForMs >= STEADY_AFTER_MS) line.attempt = 0
  setState(line, 'down', reason)
  line.cancelRetry = line.options.clock.after(reopenDelayMs(line.attempt++), () =>
    attemptOpen(line),
  )
}

function setState(line: Line, state: PortState, detail: string): void {
  const changed = line.status.state !== state || line.status.detail !== detail
  line.status.state = state
  line.status.detail = detail
  if (!changed) return
  line.options.log.debug({ port: line.options.name, state, detail }, 'port')
  line.options.onState(state, detail)
}

function write(line: Line, bytes: Uint8Array): Promise<WriteOutcome> {
  const port = line.port
  if (port === null || !port.isOpen) return Promise.resolve('not-open')
  return new Promise(resolve => {
    // A pending write's callback may never come once the device is gone.
    const cancel = line.options.clock.after(line.options.writeTimeoutMs ?? WRITE_TIMEOUT_MS, () => {
      lose(line, port, 'write timeout')
      resolve('timeout')
    })
    port.write(Buffer.from(bytes), error => {
      cancel()
      resolve(error ? 'failed' : 'written')
    })
  })
}

async function stop(line: Line): Promise<void> {
  line.stopped = true
  line.cancelRetry()
  line.cancelWatchdog()
  const port = line.port
  line.port = null
  if (port?.isOpen) await new Promise<void>(resolve => port.close(() => resolve()))
}
