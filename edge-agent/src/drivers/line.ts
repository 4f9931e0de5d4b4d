/**
 * What all drivers have in common: one port is opened, facts come out of it, deeds go in. The
 * registry opens drivers by name, so that nothing above knows which protocol a port speaks.
 */

import type { CashNews } from '@tillproof/firmware-bridge/mdb/cash-news.ts'
import type { BusFact } from '@tillproof/firmware-bridge/mdb/sniffer-state.ts'
import type { VendFact } from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import type { ModbusProfile } from '@tillproof/firmware-bridge/modbus/profile.ts'
import type { Position } from '@tillproof/shared/event/event.ts'
import type { Clock } from '../clock.ts'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog, PortState, PortStatus } from '../ports/port.ts'
import type { Points } from '../profile/look.ts'
import type { LineSettings } from '../profile/machine.ts'
import type { TimedWrite } from '../session/timed-state.ts'
import type { BusPool } from './bus-pool.ts'

/** What a driver states; which kinds, its traits say (`profile/driver-traits.ts`). */
export type DriverFact =
  | { kind: 'vend'; fact: VendFact }
  | { kind: 'seen'; fact: BusFact }
  | { kind: 'code'; text: string }
  | { kind: 'position'; position: Position }
  | { kind: 'points'; points: Points }
  /** The points cannot be read now. */
  | { kind: 'silent' }
  /**
   * A coin acceptor's answer to "read buffered credits", as it came. `values`: minor units by coin
   * number, where the acceptor was asked for them.
   */
  | { kind: 'credits'; buffered: Uint8Array; values?: CoinValues }
  /** Coins and notes that a changer or validator took or paid out, told once each. */
  | { kind: 'cash'; news: CashNews }

export type CoinValues = Readonly<Record<number, bigint>>

export type LineDeed =
  | { type: 'approve' | 'deny'; ask: number }
  /** Whoever decides has begun anew and asks how the reader stands, or waits no more. */
  | { type: 'report' | 'forget' }
  /** A reader that may not sell is switched off, so that the machine says so itself. */
  | { type: 'on-sale'; on: boolean }
  /** `point` by the port's own name. */
  | { type: 'write'; write: TimedWrite }

export type LineDeps = {
  name: string
  line: LineSettings
  /** Register map of the port, where its driver has one. */
  map: ModbusProfile | undefined
  currency: string
  store: EventStore
  clock: Clock
  log: PortLog
  buses: BusPool
  onFact(fact: DriverFact): void
  onState(state: PortState, detail: string): void
}

export type MachineLine = {
  status(): PortStatus
  /** False when the line did not confirm it, or does no such thing. Never rejects. */
  do(deed: LineDeed): Promise<boolean>
  stop(): Promise<void>
}

export type OpenLine = (deps: LineDeps) => MachineLine

/** For lines that only talk. */
export function takesNoDeeds(): Promise<boolean> {
  return Promise.resolve(false)
}
