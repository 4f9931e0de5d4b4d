/**
 * A vending machine's DEX/UCS port on a pseudo-terminal: it tells its audit to whoever asks, or
 * insists on asking first, and can be told to misbehave.
 */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import type { DexConfig } from '@tillproof/firmware-bridge/dex/session-state.ts'
import { openMachinePort } from '../pty.ts'
import { auditText, type MachineMeters } from './audit-text.ts'
import { type DexOutcome, dexProtocol } from './dex-protocol.ts'
import { type FaultName, faultOf } from './faults.ts'
import { type Talk, talk } from './talk.ts'

export type DexMachineOptions = {
  /** Stable path of the port, made and removed by the machine. */
  path: string
  meters: MachineMeters
  /** `master`: bids for the line by itself, as some machines do. */
  manner?: 'waiting' | 'master'
  fault?: FaultName
}

export type DexMachine = {
  path: string
  /** Somebody buys: product number, paid in cash or by the reader. */
  sell(number: string, paidWith: 'cash' | 'cashless'): void
  /** The controller is exchanged: all meters begin anew at the given date (YYYYMMDD). */
  resetCounters(date: string): void
  /** How each read so far ended, from the machine's side. */
  outcomes: readonly DexOutcome[]
  stop(): void
}

/** A controller is back after as long. */
const REBOOT_MS = 1500
/** A master that was not heard tries again after a while. */
const REST_MS = 300

export function startDexMachine(options: DexMachineOptions): DexMachine {
  const { manner = 'waiting', fault: faultName = null } = options
  let { meters } = options
  const fault = faultOf(faultName)
  const outcomes: DexOutcome[] = []
  const port = openMachinePort({ path: options.path, onData: bytes => session?.hear(bytes) })
  let session: Talk | null = null
  let stopped = false
  let restMs = REST_MS

  function begin(): void {
    if (stopped) return
    port.replug()
    restMs = REST_MS
    session = talk(dexProtocol(config), { clock: systemClock, write: send, onOutcome: finish })
  }

  const config: DexConfig = {
    role: 'machine',
    communicationId: 'TPS0000001',
    revisionLevel: 'R00L06',
    listenMs: manner === 'master' ? 0 : null,
    dataPatienceMs: 10_000,
    /** Told as it is when it is told, not when the machine began to wait. */
    get audit() {
      return auditText(meters)
    },
  }

  function finish(outcome: DexOutcome): void {
    outcomes.push(outcome)
    session = null
    systemClock.after(restMs, begin)
  }

  function send(message: Uint8Array): void {
    for (const utterance of fault(message)) {
      if ('happens' in utterance) interrupt(utterance.happens)
      else systemClock.after(utterance.afterMs ?? 0, () => port.write(utterance.say))
    }
  }

  /** The session ends as closed; the next one begins when the machine is back. */
  function interrupt(what: 'reset' | 'unplug'): void {
    if (what === 'unplug') port.unplug()
    restMs = REBOOT_MS
    session?.close()
  }

  begin()
  return {
    path: port.path,
    sell(number, paidWith) {
      meters = sold(meters, number, paidWith)
    },
    resetCounters(date) {
      meters = emptied(meters, date)
    },
    outcomes,
    stop() {
      stopped = true
      session?.close()
      port.unplug()
    },
  }
}

function emptied(meters: MachineMeters, date: string): MachineMeters {
  const products = meters.products.map(product => ({ ...product, sold: 0 }))
  const initialised = { date, time: '080000' }
  return { ...meters, initialised, products, cashVends: 0, cashValue: 0, collections: 0 }
}

function sold(meters: MachineMeters, number: string, paidWith: 'cash' | 'cashless'): MachineMeters {
  const product = meters.products.find(one => one.number === number)
  if (product === undefined) return meters
  const cash = paidWith === 'cash'
  return {
    ...meters,
    products: meters.products.map(one => (one === product ? { ...one, sold: one.sold + 1 } : one)),
    cashVends: meters.cashVends + (cash ? 1 : 0),
    cashValue: meters.cashValue + (cash ? product.price : 0),
  }
}
