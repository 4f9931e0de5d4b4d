/**
 * A machine that tells its audit on a pseudo-terminal, whatever the protocol: its meters, its
 * faults, its coming back after a reset.
 */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import {
  type Ending,
  type Protocol,
  type Talk,
  talk,
} from '@tillproof/edge-agent/drivers/audit-talk.ts'
import { type FaultName, faultOf, REBOOT_MS } from '../faults.ts'
import { openMachinePort } from '../pty.ts'
import { auditText, type MachineMeters } from './audit-text.ts'

export type AuditMachineOptions = {
  /** Stable path of the port, made and removed by the machine. */
  path: string
  meters: MachineMeters
  fault?: FaultName
}

export type AuditMachine<Outcome> = {
  path: string
  /** Somebody buys: product number, paid in cash or by the reader. */
  sell(number: string, paidWith: 'cash' | 'cashless'): void
  /** The controller is exchanged: all meters begin anew at the given date (YYYYMMDD). */
  resetCounters(date: string): void
  /** How each read so far ended, from the machine's side. */
  outcomes: readonly Outcome[]
  stop(): void
}

/** Messages longer than any control or handshake carry the audit; answers are due in a second. */
const AUDIT_FAULTS = { fromBytes: 41, at: 2, lateMs: 900 }
/** The day on which `counter-reset` exchanges the controller. */
const EXCHANGED = '20261201'
/** A master that was not heard tries again after a while. */
const REST_MS = 300

/** `protocolOf`: a new session; `audit` answers the meters of the moment it is called. */
export function startAuditMachine<State, Input, Frame, Outcome extends Ending>(
  options: AuditMachineOptions,
  protocolOf: (audit: () => Uint8Array) => Protocol<State, Input, Frame, Outcome>,
  /** Whether this read was a collection, which begins a new interval. */
  isCollection: (outcome: Outcome) => boolean = () => false,
): AuditMachine<Outcome> {
  let { meters } = options
  const fault = faultOf(options.fault ?? null, AUDIT_FAULTS)
  const outcomes: Outcome[] = []
  const port = openMachinePort({ path: options.path, onData: bytes => session?.hear(bytes) })
  let session: Talk | null = null
  let stopped = false
  let restMs = REST_MS

  function begin(): void {
    if (stopped) return
    port.replug()
    restMs = REST_MS
    const protocol = protocolOf(() => auditText(meters))
    session = talk(protocol, { clock: systemClock, write: send, onOutcome: finish })
  }

  function finish(outcome: Outcome): void {
    outcomes.push(outcome)
    if (isCollection(outcome)) meters = collected(meters)
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
  function interrupt(what: 'reset' | 'unplug' | 'counter-reset'): void {
    if (what === 'counter-reset') {
      resetCounters(EXCHANGED)
      return
    }
    if (what === 'unplug') port.unplug()
    restMs = REBOOT_MS
    session?.close()
  }

  function resetCounters(date: string): void {
    meters = emptied(meters, date)
  }

  begin()
  return {
    path: port.path,
    sell(number, paidWith) {
      meters = sold(meters, number, paidWith)
    },
    resetCounters,
    outcomes,
    stop() {
      stopped = true
      session?.close()
      port.unplug()
    },
  }
}

function collected({ collected: _, ...meters }: MachineMeters): MachineMeters {
  return { ...meters, collections: meters.collections + 1, collected: meters }
}

function emptied({ collected: _, ...meters }: MachineMeters, date: string): MachineMeters {
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
