/** Counts the coins and notes of all ports that take some, each port with its own tally. */
import type { CashNews } from '@tillproof/firmware-bridge/mdb/cash-news.ts'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog } from '../ports/port.ts'
import type { Machine } from '../profile/machine.ts'
import { type CashTally, countCash } from './cash-tally.ts'
import { type CoinTally, countCoins } from './coin-tally.ts'
import type { CoinValues } from './line.ts'

export type Counting = {
  /** A coin acceptor's answer, as it came. */
  credits(port: string, buffered: Uint8Array, values?: CoinValues): void
  cash(port: string, news: CashNews): void
  idle(): Promise<void>
}

export function startCounting(deps: {
  store: EventStore
  log: PortLog
  machine: Machine
}): Counting {
  const { store, log, machine } = deps
  const tallyDeps = { store, log, currency: machine.currency }
  const coins = new Map<string, CoinTally>()
  const cash = new Map<string, CashTally>()
  return {
    credits(port, buffered, values) {
      const tally = coins.get(port) ?? countCoins(tallyDeps, port)
      coins.set(port, tally)
      tally.hear(buffered, values)
    },
    cash(port, news) {
      const tally = cash.get(port) ?? countCash(tallyDeps, port)
      cash.set(port, tally)
      tally.hear(news)
    },
    async idle() {
      await Promise.all([...coins.values(), ...cash.values()].map(tally => tally.idle()))
    },
  }
}
