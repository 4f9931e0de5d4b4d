/**
 * Listens on one line at the usual speeds until it says something that is understood. Nothing is
 * sent, unless `ask` says that a version question can do no harm here.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeHostCommand } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import { SerialPort } from 'serialport'
import { type Guess, recognise } from './recognise.ts'

export type Heard = {
  guess: Guess | null
  /** Speed at which it was understood. */
  baud: number | null
  bytes: number
}
export type ListenOptions = {
  path: string
  /** Listening time at each speed. */
  listenMs: number
  /** Sends `V`, the version question of the Qibixx adapters, to a line that is silent. */
  ask: boolean
}

/** Receivers and scanners, adapters and bridge boards, slow receivers, fast ones. */
const SPEEDS = [9600, 115_200, 4800, 38_400] as const
/** The adapters' own speed. */
const ASK_BAUD = 115_200
const LOOK_EVERY_MS = 100
/** Enough for any guess; a babbling line is not kept. */
const MAX_BYTES = 65_536

/** Resolves with what was heard, or the reason why the line cannot be opened. */
export async function listenOn(options: ListenOptions): Promise<Heard | { unopened: string }> {
  let total = 0
  for (const baud of SPEEDS) {
    const heard = await listenAt(options, baud)
    if ('unopened' in heard) return heard
    total += heard.bytes
    if (heard.guess !== null) return { ...heard, bytes: total }
  }
  return { guess: null, baud: null, bytes: total }
}

async function listenAt(
  { path, listenMs, ask }: ListenOptions,
  baud: number,
): Promise<Heard | { unopened: string }> {
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false })
  const failure = await new Promise<Error | null>(resolve => port.open(resolve))
  if (failure) return { unopened: failure.message }
  let bytes: Uint8Array = new Uint8Array(0)
  port.on('error', () => undefined)
  port.on('data', (chunk: Buffer) => {
    if (bytes.length < MAX_BYTES) bytes = Uint8Array.from([...bytes, ...chunk])
  })
  try {
    if (ask && baud === ASK_BAUD) port.write(Buffer.from(encodeHostCommand({ kind: 'version' })))
    const guess = await untilGuessed(() => bytes, listenMs)
    return { guess, baud: guess && baud, bytes: bytes.length }
  } finally {
    await new Promise<void>(resolve => (port.isOpen ? port.close(() => resolve()) : resolve()))
  }
}

async function untilGuessed(heard: () => Uint8Array, listenMs: number): Promise<Guess | null> {
  for (let waitedMs = 0; waitedMs < listenMs; waitedMs += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS)
    const guess = recognise(heard())
    if (guess !== null) return guess
  }
  return null
}
