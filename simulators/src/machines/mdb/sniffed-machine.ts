/**
 * A machine with a cashless reader, a coin changer and a bill validator of its own, and a Qibixx
 * adapter that only listens to their bus. It is switched on when somebody begins to listen.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import { encodeSniffLine } from '@tillproof/firmware-bridge/mdb/sniff-line.ts'
import { type FaultName, openFaultyPort } from '../faults.ts'
import { mdbBus } from './bus.ts'

export type SniffedSale = {
  paid: 'cash' | 'cashless'
  item: number
  amountMinor: bigint
  /** What became of it; `restarted`: the machine did not live to say so. */
  result: 'sold' | 'failed' | 'denied' | 'restarted'
}

export type SniffedMachine = {
  path: string
  /** What really happened, oldest first. */
  sales: readonly SniffedSale[]
  sellForCash(item: number): Promise<void>
  sellCashless(item: number, result: 'sold' | 'failed' | 'denied'): Promise<void>
  /** A coin of 1.00 into the tubes. */
  insertCoin(): void
  isListenedTo(): boolean
  stop(): void
}

/** EUR, factor 5, 2 decimals: one unit of the bus is 0.05. */
const UNIT_MINOR = 5
const CONFIG = [0x01, 3, 0x19, 0x78, UNIT_MINOR, 2, 30, 0x08]
const COINS = [1, 2, 4, 10, 20, 40, ...Array(10).fill(0)]
const CHANGER_SETUP = [3, 0x19, 0x78, UNIT_MINOR, 2, 0, 0x3f, ...COINS]
const BILLS = [5, 10, 20, ...Array(13).fill(0)]
const VALIDATOR_SETUP = [1, 0x19, 0x78, 0, 100, 2, 1, 0x90, 0, 0, 0xff, ...BILLS]
const IDLE_POLL_MS = 200
const STEP_MS = 15
/** Lines with data; the seventh of these is the outcome of the first sale by card. */
const FAULTS = { fromBytes: 24, at: 7, lateMs: 40 }

export function startSniffedMachine(options: {
  path: string
  fault?: FaultName | null
}): SniffedMachine {
  const sales: SniffedSale[] = []
  let listening = false
  let life = 0
  const fromHost = lineFramer({ maxBytes: 64 })
  const port = openFaultyPort({
    path: options.path,
    fault: options.fault ?? null,
    ...FAULTS,
    onData(bytes) {
      for (const frame of fromHost.push(bytes)) if (frame.kind === 'line') hear(frame.text)
    },
    onReset() {
      life++
      listening = false
    },
    onCounterReset: () => bus.resetClock(),
  })
  const bus = mdbBus(block => {
    if (listening) say(encodeSniffLine(block))
  })
  const polling = setInterval(() => {
    bus.exchange(0x12, [], 'ack')
    bus.exchange(0x0b, [], 'ack')
  }, IDLE_POLL_MS)

  function say(line: string): void {
    port.write(new TextEncoder().encode(`${line}\r\n`))
  }

  function hear(text: string): void {
    if (text === 'X,0') listening = false
    if (text !== 'X,1') return
    say('x,ACK')
    if (listening) return
    listening = true
    switchOn()
  }

  function switchOn(): void {
    bus.exchange(0x10, [], 'ack')
    bus.exchange(0x11, [0, 3, 0, 0, 0], CONFIG)
    bus.exchange(0x09, [], CHANGER_SETUP)
    bus.exchange(0x31, [], VALIDATOR_SETUP)
    bus.exchange(0x14, [1], 'ack')
  }

  /** One step of a sale after the other; false when the machine went away in between. */
  async function steps(...all: (() => void)[]): Promise<boolean> {
    const own = life
    for (const step of all) {
      step()
      await sleep(STEP_MS)
      if (life !== own) return false
    }
    return true
  }

  const priced = (item: number) => [0, 10 + item, 0, item]
  const amountOf = (item: number) => BigInt((10 + item) * UNIT_MINOR)

  return {
    path: port.path,
    sales,
    async sellForCash(item) {
      sales.push({ paid: 'cash', item, amountMinor: amountOf(item), result: 'sold' })
      await steps(() => bus.exchange(0x13, [5, ...priced(item)], 'ack'))
    },
    async sellCashless(item, result) {
      const sale: SniffedSale = { paid: 'cashless', item, amountMinor: amountOf(item), result }
      sales.push(sale)
      const verdict = result === 'denied' ? [6] : [5, 0, 10 + item]
      const outcome = result === 'sold' ? [2, 0, item] : [3]
      const lived = await steps(
        () => bus.exchange(0x13, [0, ...priced(item)], 'ack'),
        () => bus.exchange(0x12, [], 'ack'),
        () => bus.exchange(0x12, [], verdict),
        () => result !== 'denied' && bus.exchange(0x13, outcome, 'ack'),
        () => bus.exchange(0x13, [4], [7]),
      )
      if (!lived) sale.result = 'restarted'
    },
    insertCoin: () => bus.exchange(0x0b, [], [0x54, 9]),
    isListenedTo: () => listening,
    stop() {
      clearInterval(polling)
      port.unplug()
    },
  }
}
