/**
 * What a term may look at when it says what it asks of one sale: the sale, what the terms before it
 * ask, and what the book says. Nothing else, so that whoever has these computes the same.
 */
import type { Memory, Tally } from '../tally.ts'

export type Asking = {
  grossMinor: bigint
  channel: string
  /** Slot, programme or tariff, as the machine stated it. */
  item: string | null
  /** What terms before this one ask of the sale, by name. */
  asked: ReadonlyMap<string, bigint>
  /** All credits and debits of this term's account in the book so far. */
  creditedMinor: bigint
  debitedMinor: bigint
  /** Of this term's account, where it has a memory; of others by name. */
  tally: Tally | null
  carriedOf(name: string): bigint
}

/** What a term asks for, or why it cannot say. */
export type Ask = bigint | { refused: 'channel-without-fee' | 'item-without-price' }

export type { Memory }

export const WHOLE = 10_000n

/** A part in hundredths of a percent, rounded down. */
export const partOf = (amount: bigint, basisPoints: number): bigint =>
  (amount * BigInt(basisPoints)) / WHOLE

export const least = (...amounts: bigint[]): bigint =>
  amounts.reduce((low, each) => (each < low ? each : low))
export const most = (...amounts: bigint[]): bigint =>
  amounts.reduce((high, each) => (each > high ? each : high))
export const notNegative = (amount: bigint): bigint => (amount > 0n ? amount : 0n)

/** Gross less what the named terms ask. */
export const netOf = ({ grossMinor, asked }: Asking, less: readonly string[]): bigint =>
  notNegative(less.reduce((net, name) => net - (asked.get(name) ?? 0n), grossMinor))
