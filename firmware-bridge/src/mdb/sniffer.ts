/**
 * Listens to a machine's MDB bus and tells what was sold, without ever sending a byte on it.
 *
 *   lines ─▶ decodeSniffLine ─▶ reorderBlocks ─▶ pairBlock ─▶ reader | changer | validator ─▶ facts
 *
 * `mdbSniffer` is the whole of it for a line of text; `stepSniffer` is the pure part behind it.
 */
import { type Discarded, discard } from '../frame.ts'
import { type CashDevice, hearActivity, learnSetup } from './cash-news.ts'
import { type Exchange, pairBlock } from './exchange.ts'
import { peripheralOf } from './frame.ts'
import { reorderBlocks } from './reorder.ts'
import { decodeSniffLine } from './sniff-line.ts'
import { hearReader } from './sniffed-reader.ts'
import {
  type BusFact,
  type SnifferConfig,
  type SnifferInput,
  type SnifferState,
  type SnifferStep,
  snifferAtStart,
} from './sniffer-state.ts'

export type MdbSniffer = {
  /** One line of the adapter, without its end. */
  hear(text: string): BusFact[] | Discarded
  /** No line came for REORDER_SILENCE_MS, or the line is gone. */
  silence(): BusFact[]
  state(): SnifferState
}

/** A listener that keeps its own state. Facts come in the order of the bus. */
export function mdbSniffer(config: SnifferConfig): MdbSniffer {
  const order = reorderBlocks()
  let state = snifferAtStart(config)

  function feed(inputs: SnifferInput[]): BusFact[] {
    return inputs.flatMap(input => {
      const stepped = stepSniffer(config, state, input)
      state = stepped.state
      return stepped.facts
    })
  }

  return {
    hear(text) {
      const line = decodeSniffLine(text)
      if (line.kind === 'discarded') return line
      if (line.kind === 'listening') {
        return line.on ? [] : discard('malformed', new TextEncoder().encode(text))
      }
      return feed(order.push(line.block).map(block => ({ type: 'block', block })))
    },
    silence() {
      return feed([
        ...order.flush().map(block => ({ type: 'block', block }) as const),
        { type: 'silence' },
      ])
    },
    state: () => state,
  }
}

/** The next state, and what became known. Never throws. */
export function stepSniffer(
  config: SnifferConfig,
  state: SnifferState,
  input: SnifferInput,
): SnifferStep {
  const { pending, done } =
    input.type === 'block'
      ? pairBlock(state.pending, input.block)
      : { pending: null, done: state.pending === null ? [] : [state.pending] }
  let step: SnifferStep = { state: { ...state, pending }, facts: [] }
  for (const exchange of done) {
    const heard = hearExchange(config, step.state, exchange)
    step = { state: heard.state, facts: [...step.facts, ...heard.facts] }
  }
  return step
}

const RESET = 0
const SETUP = 1
const POLL = 0x03

function hearExchange(config: SnifferConfig, state: SnifferState, exchange: Exchange): SnifferStep {
  const peripheral = peripheralOf(exchange.command)
  switch (peripheral) {
    case undefined:
      return { state, facts: [] }
    case 'cashless-1':
    case 'cashless-2':
      return hearReader(config, state, peripheral === 'cashless-1' ? 1 : 2, exchange)
    case 'changer':
    case 'bill-validator':
      return hearCash(config, state, peripheral, exchange)
  }
}

function hearCash(
  config: SnifferConfig,
  state: SnifferState,
  device: CashDevice,
  { atTenthMs, command, answer, taken }: Exchange,
): SnifferStep {
  const kind = command & 7
  if (kind === RESET && answer === 'ack') {
    return { state, facts: [{ kind: 'reset', peripheral: device, atTenthMs }] }
  }
  if (!(answer instanceof Uint8Array) || !taken) return { state, facts: [] }
  const part = device === 'changer' ? 'changer' : 'validator'
  if (kind === POLL) {
    const news = hearActivity(device, state[part], config.currency, answer)
    return { state, facts: news.map(it => ({ ...it, atTenthMs })) }
  }
  const learned = kind === SETUP ? learnSetup(device, answer) : undefined
  if (learned === undefined) return { state, facts: [] }
  const { cash, news } = learned
  return { state: { ...state, [part]: cash }, facts: [{ ...news, atTenthMs }] }
}
