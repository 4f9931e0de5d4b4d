/**
 * One cashless reader as a listener follows it.
 *
 *   idle ──13 00──▶ requested ──05──▶ approved ──13 02──▶ told     13 02 succeeded, 13 03 failed
 *     ▲               │ 06, 13 01, 07    │ reset, 13 04, 13 00 without an outcome: presumed
 *     └───────────────┴──────────────────┘
 *
 * The master repeats a command that was not taken; a repetition is the same command again, not a
 * second sale.
 */
import {
  type ReaderMessage,
  readReaderAnswer,
  readVendCommand,
  type VendCommand,
} from './cashless.ts'
import type { Exchange } from './exchange.ts'
import { bytesToHex } from './frame.ts'
import { type BusPrice, priceOf } from './price.ts'
import {
  type BusFact,
  NO_VEND,
  type PresumedBecause,
  type ReaderNews,
  type ReaderNumber,
  type ReaderState,
  type SnifferConfig,
  type SnifferState,
  type SnifferStep,
  type Vend,
} from './sniffer-state.ts'

const [RESET, VEND] = [0, 3]
/** A master gives up repeating before this (section 2.5: non-response time of 5 s). */
const REPEATS_WITHIN_TENTH_MS = 50_000

type Hearing = {
  config: SnifferConfig
  number: ReaderNumber
  atTenthMs: number
  reader: ReaderState
  vends: number
  facts: BusFact[]
}

/** What one exchange with reader `number` says. */
export function hearReader(
  config: SnifferConfig,
  state: SnifferState,
  number: ReaderNumber,
  exchange: Exchange,
): SnifferStep {
  const { atTenthMs } = exchange
  const hearing: Hearing = {
    config,
    number,
    atTenthMs,
    reader: state.readers[number],
    vends: state.vends,
    facts: [],
  }
  hearCommand(hearing, exchange)
  if (exchange.answer instanceof Uint8Array) {
    for (const message of readReaderAnswer(exchange.answer, hearing.reader.wide)) {
      hearMessage(hearing, message)
    }
  }
  const readers = { ...state.readers, [number]: hearing.reader }
  return { state: { ...state, vends: hearing.vends, readers }, facts: hearing.facts }
}

function hearCommand(hearing: Hearing, exchange: Exchange): void {
  const kind = exchange.command & 7
  if (kind === RESET && exchange.answer === 'ack') hearReset(hearing)
  const command = kind === VEND ? readVendCommand(exchange.data) : undefined
  if (command === undefined || isRepetition(hearing, exchange)) return
  hearVend(hearing, command)
}

/** Notes whether the reader took the command; true when it is one that was not taken before. */
function isRepetition(hearing: Hearing, { data, answer, atTenthMs }: Exchange): boolean {
  const { unheard } = hearing.reader
  const hex = bytesToHex(data)
  const taken = answer !== 'none' && answer !== 'nak'
  hearing.reader = { ...hearing.reader, unheard: taken ? null : { hex, atTenthMs } }
  return (
    unheard !== null &&
    unheard.hex === hex &&
    atTenthMs - unheard.atTenthMs <= REPEATS_WITHIN_TENTH_MS
  )
}

function hearVend(hearing: Hearing, command: VendCommand): void {
  const { phase, vend } = hearing.reader
  switch (command.kind) {
    case 'request':
      hearRequest(hearing, command)
      break
    case 'cash-sale': {
      const { item } = command
      tell(hearing, { kind: 'cash-sale', price: price(hearing, command.price), item })
      break
    }
    case 'success':
      if (phase !== 'told') settle(hearing, 'succeeded', soldBy(vend, command.item))
      break
    case 'failure':
      if (phase !== 'told') settle(hearing, 'failed', vend)
      break
    case 'cancel':
      if (phase === 'requested') settle(hearing, 'cancelled', vend)
      else if (phase === 'approved') settle(hearing, 'failed', vend)
      break
    case 'session-complete':
      leave(hearing, 'session-over')
  }
}

/**
 * The outcome names its item. Another one than was asked for, or one that nobody was heard to ask
 * for, means that something was missed: then nobody knows whose amount was approved.
 */
function soldBy(vend: Vend, item: number | null): Vend {
  const isAnother = item !== null && vend.item !== null && item !== vend.item
  const isMissed = vend.vend === null || isAnother
  return isMissed ? { ...NO_VEND, item } : { ...vend, item: vend.item ?? item }
}

function hearRequest(hearing: Hearing, command: Extract<VendCommand, { kind: 'request' }>): void {
  leave(hearing, 'next-request')
  const { item, wide } = command
  const vend = { vend: ++hearing.vends, item, price: price(hearing, command.price) }
  hearing.reader = { ...hearing.reader, phase: 'requested', vend, wide }
  tellVend(hearing, 'requested', vend)
}

function hearMessage(hearing: Hearing, message: ReaderMessage): void {
  const { reader } = hearing
  switch (message.kind) {
    case 'config': {
      const { level, scale, reportsCashSales } = message
      hearing.reader = { ...reader, scale }
      tell(hearing, { kind: 'reader', level, scale, reportsCashSales })
      break
    }
    case 'approved':
      hearApproval(hearing, message.amount)
      break
    case 'denied':
      if (reader.phase === 'requested') settle(hearing, 'denied', reader.vend)
      break
    case 'end-session':
      leave(hearing, 'session-over')
      break
    case 'just-reset':
      leave(hearing, 'reset')
      break
    case 'begin-session':
    case 'session-cancel':
      break
  }
}

/**
 * The approved amount is booked; it may differ from the price. Said again it is the same approval;
 * another amount is of another vend, whose request was missed.
 */
function hearApproval(hearing: Hearing, amount: number | null): void {
  const approved = price(hearing, amount)
  const { phase, vend: before } = hearing.reader
  if (phase === 'told') return
  if (phase === 'approved') {
    if (approved === null || approved.scaled === before.price?.scaled) return
    leave(hearing, 'next-request')
  }
  const { vend: asked } = hearing.reader
  const vend = { ...asked, price: approved ?? asked.price }
  hearing.reader = { ...hearing.reader, phase: 'approved', vend }
  tellVend(hearing, 'approved', vend)
}

function hearReset(hearing: Hearing): void {
  leave(hearing, 'reset')
  const peripheral = hearing.number === 1 ? 'cashless-1' : 'cashless-2'
  hearing.facts.push({ kind: 'reset', peripheral, atTenthMs: hearing.atTenthMs })
}

/** The present vend is over without a word about its outcome. */
function leave(hearing: Hearing, because: PresumedBecause): void {
  const { phase, vend } = hearing.reader
  if (phase === 'approved') tell(hearing, { kind: 'presumed', because, ...vend })
  if (phase === 'requested') tellVend(hearing, 'cancelled', vend)
  hearing.reader = { ...hearing.reader, phase: 'idle', vend: NO_VEND }
}

function settle(
  hearing: Hearing,
  kind: 'succeeded' | 'failed' | 'denied' | 'cancelled',
  vend: Vend,
): void {
  tellVend(hearing, kind, vend)
  const phase = kind === 'succeeded' || kind === 'failed' ? 'told' : 'idle'
  hearing.reader = { ...hearing.reader, phase, vend: NO_VEND }
}

function tell({ facts, number, atTenthMs }: Hearing, news: ReaderNews): void {
  facts.push({ ...news, reader: number, atTenthMs })
}

type VendKind = 'requested' | 'approved' | 'denied' | 'cancelled' | 'succeeded' | 'failed'

function tellVend(hearing: Hearing, kind: VendKind, vend: Vend): void {
  tell(hearing, { kind, ...vend })
}

function price({ config, reader }: Hearing, scaled: number | null): BusPrice | null {
  return scaled === null ? null : priceOf(scaled, reader.scale, config.currency)
}
