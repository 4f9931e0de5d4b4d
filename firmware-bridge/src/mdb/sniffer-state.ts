/** What a listener on the bus is given, what it remembers, and the facts it tells (sniffer.ts). */
import { CASH_UNKNOWN, type CashNews, type CashState } from './cash-news.ts'
import type { Pending } from './exchange.ts'
import type { Peripheral } from './frame.ts'
import type { BusPrice, Scale } from './price.ts'
import type { Sniffed } from './sniff-line.ts'

export type SnifferConfig = {
  /** ISO 4217 letters of the machine's currency; a peripheral of another one gets no amounts. */
  currency: string
  /**
   * Scale to go by until a peripheral's own setup is heard: listening may begin years after the
   * machine was switched on. Null: amounts stay unknown until then.
   */
  assumedScale: Scale | null
}

export type ReaderNumber = 1 | 2

/** `vend` numbers the requests heard since listening began; null: its request was not heard. */
export type Vend = { vend: number | null; item: number | null; price: BusPrice | null }

export type PresumedBecause = 'reset' | 'session-over' | 'next-request'

/** What a reader's exchanges tell. */
export type ReaderNews =
  | { kind: 'reader'; level: number; scale: Scale; reportsCashSales: boolean }
  | ({ kind: 'requested' | 'approved' | 'denied' | 'cancelled' | 'succeeded' | 'failed' } & Vend)
  /** Approved, and the outcome was never told: the bus counts that as vended. */
  | ({ kind: 'presumed'; because: PresumedBecause } & Vend)
  | { kind: 'cash-sale'; price: BusPrice | null; item: number | null }

/** Amounts: `scaled` is what the bus said, `minor` the money, null where it cannot be known. */
export type BusFact = { atTenthMs: number } & (
  | (ReaderNews & { reader: ReaderNumber })
  | CashNews
  | { kind: 'reset'; peripheral: Peripheral }
)

export type ReaderState = {
  scale: Scale | null
  wide: boolean
  phase: 'idle' | 'requested' | 'approved' | 'told'
  vend: Vend
  /** The last command about money that the reader did not take: its repetition is no second one. */
  unheard: { hex: string; atTenthMs: number } | null
}

export type SnifferState = {
  pending: Pending
  vends: number
  readers: Record<ReaderNumber, ReaderState>
  changer: CashState
  validator: CashState
}

export type SnifferInput =
  /** Blocks in order of time (reorder.ts). */
  | { type: 'block'; block: Sniffed }
  /** The bus fell silent, or the line to the adapter is gone: nothing is owed an answer. */
  | { type: 'silence' }

export type SnifferStep = { state: SnifferState; facts: BusFact[] }

export const NO_VEND: Vend = { vend: null, item: null, price: null }

export function snifferAtStart(config: SnifferConfig): SnifferState {
  const scale = config.assumedScale
  const reader = { scale, wide: false, phase: 'idle', vend: NO_VEND, unheard: null } as const
  const cash = CASH_UNKNOWN
  return {
    pending: null,
    vends: 0,
    readers: { 1: reader, 2: reader },
    changer: cash,
    validator: cash,
  }
}
