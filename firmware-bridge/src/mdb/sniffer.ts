/**
 * Listens to a machine's MDB bus and tells what was sold, without ever sending a byte on it.
 *
 *   lines ─▶ decodeSniffLine ─▶ reorderBlocks ─▶ pairBlock ─▶ reader | changer | validator ─▶ facts
 *
 * `mdbSniffer` is the whole of it for a line of text; `stepSniffer` is the pure part behind it.
 */
import { type Discarded, discard } from '../frame.ts'
import {
  type BillActivity,
  type CashSetup,
  type CoinActivity,
  readBillActivity,
  readChangerSetup,
  readCoinActivity,
  readValidatorSetup,
} from './cash-devices.ts'
import { type Exchange, pairBlock } from './exchange.ts'
import { type Peripheral, peripheralOf } from './frame.ts'
import { type BusPrice, priceOf } from './price.ts'
import { reorderBlocks } from './reorder.ts'
import { decodeSniffLine } from './sniff-line.ts'
import { hearReader } from './sniffed-reader.ts'
import {
  type BusFact,
  type CashNews,
  type CashState,
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
const CHANGER_POLL = 0x0b
const VALIDATOR_POLL = 0x33

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

type CashPeripheral = Extract<Peripheral, 'changer' | 'bill-validator'>

function hearCash(
  config: SnifferConfig,
  state: SnifferState,
  device: CashPeripheral,
  { atTenthMs, command, answer, taken }: Exchange,
): SnifferStep {
  if ((command & 7) === RESET && answer === 'ack') {
    return { state, facts: [{ kind: 'reset', peripheral: device, atTenthMs }] }
  }
  if (!(answer instanceof Uint8Array) || !taken) return { state, facts: [] }
  if ((command & 7) === SETUP) return learnSetup(state, device, atTenthMs, answer)
  const facts =
    command === CHANGER_POLL
      ? readCoinActivity(answer).map(it => coinFact(config, state.changer, it))
      : command === VALIDATOR_POLL
        ? readBillActivity(answer).map(it => billFact(config, state.validator, it))
        : []
  return { state, facts: facts.flatMap(fact => (fact ? [{ ...fact, atTenthMs }] : [])) }
}

function learnSetup(
  state: SnifferState,
  device: CashPeripheral,
  atTenthMs: number,
  answer: Uint8Array,
): SnifferStep {
  const read = device === 'changer' ? readChangerSetup : readValidatorSetup
  const setup: CashSetup | undefined = read(answer)
  if (setup === undefined) return { state, facts: [] }
  const { level, scale, values } = setup
  const known =
    device === 'changer' ? { changer: { scale, values } } : { validator: { scale, values } }
  return {
    state: { ...state, ...known },
    facts: [{ kind: 'cash-device', device, level, scale, atTenthMs }],
  }
}

function coinFact(
  config: SnifferConfig,
  cash: CashState,
  activity: CoinActivity,
): CashNews | undefined {
  switch (activity.kind) {
    case 'coin':
      return { kind: 'coin', route: activity.route, value: worth(config, cash, activity.type, 1) }
    case 'paid-out': {
      const value = worth(config, cash, activity.type, activity.count)
      return { kind: 'coins-out', count: activity.count, value }
    }
    case 'slug':
      return undefined
    case 'status':
      return { kind: 'trouble', device: 'changer', status: activity.status }
  }
}

function billFact(
  config: SnifferConfig,
  cash: CashState,
  activity: BillActivity,
): CashNews | undefined {
  switch (activity.kind) {
    case 'bill':
      return { kind: 'bill', route: activity.route, value: worth(config, cash, activity.type, 1) }
    case 'attempts':
      return undefined
    case 'status':
      return { kind: 'trouble', device: 'bill-validator', status: activity.status }
  }
}

/** Null while the device's setup has not been heard, and for tokens. */
function worth(
  { currency }: SnifferConfig,
  { scale, values }: CashState,
  type: number,
  count: number,
): BusPrice | null {
  const value = values[type] ?? null
  return value === null ? null : priceOf(value * count, scale, currency)
}
