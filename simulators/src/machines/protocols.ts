/**
 * Every protocol of which a machine can be simulated, by name: how to start its machine, what
 * happens at it when somebody comes, and which faults its line can have.
 */
import { COIN_NAMES, startCoinAcceptor } from './cctalk/coin-acceptor.ts'
import { startCodeScanner } from './code-scanner.ts'
import { startDdcmpMachine } from './ddcmp/ddcmp-machine.ts'
import type { AuditMachine } from './dex/audit-machine.ts'
import type { MachineMeters } from './dex/audit-text.ts'
import { startDexMachine } from './dex/dex-machine.ts'
import { FAULT_NAMES, type FaultName } from './faults.ts'
import { startGnssReceiver } from './gnss-receiver.ts'
import { startReaderAdapter } from './mdb/reader-adapter.ts'
import { startSniffedMachine } from './mdb/sniffed-machine.ts'
import { startWaferCashBox } from './mdb/waferlife-cash-box.ts'
import { startWaferReaderBox } from './mdb/waferlife-reader-box.ts'
import { startRegisterBox } from './register-box.ts'

export type StartOptions = {
  /** Stable path of the port. */
  path: string
  fault: FaultName | null
  /** Register map, for boxes that are made from one. */
  map: string
}

export type RunningMachine = {
  path: string
  /** Somebody comes: what happened, in one line. `turn` counts from 1. */
  act(turn: number): string
  stop(): void
}

export type MachineProtocol = {
  says: string
  baud: number
  faults: readonly FaultName[]
  start(options: StartOptions): RunningMachine
}

const without = (...names: FaultName[]) => FAULT_NAMES.filter(name => !names.includes(name))

const METERS: MachineMeters = {
  serial: 'SIM00001',
  date: '20261121',
  time: '101500',
  initialised: { date: '20250102', time: '080000' },
  products: Array.from({ length: 12 }, (_, i) => ({
    number: String(i + 1),
    name: `DRINK ${i + 1}`,
    price: 150,
    sold: 10 + i,
  })),
  cashVends: 86,
  cashValue: 12_900,
  collections: 3,
  powerCuts: 2,
}
const auditor = (machine: AuditMachine<unknown>): RunningMachine => ({
  path: machine.path,
  act(turn) {
    const product = String(((turn - 1) % METERS.products.length) + 1)
    machine.sell(product, turn % 2 ? 'cash' : 'cashless')
    return `sold product ${product} for 1.50; read ${machine.outcomes.length} times so far`
  },
  stop: machine.stop,
})

function startMdbReader({ path, fault }: StartOptions): RunningMachine {
  const shelf = { 1: 100n, 2: 150n, 3: 250n }
  const { body, stop } = startReaderAdapter({ path, currency: 'EUR', shelf, fault })
  return {
    path,
    act(turn) {
      const slot = String((turn % 3) + 1)
      return `key ${slot}: ${body.select(slot)}; ${body.vends.length} vends so far`
    },
    stop,
  }
}

function startSniffed({ path, fault }: StartOptions): RunningMachine {
  const machine = startSniffedMachine({ path, fault })
  const results = ['sold', 'sold', 'failed', 'denied'] as const
  return {
    path,
    act(turn) {
      if (!machine.isListenedTo()) return 'nobody listens'
      const item = (turn % 5) + 1
      if (turn % 3 === 0) machine.insertCoin()
      if (turn % 2) {
        void machine.sellForCash(item)
        return `item ${item} sold for cash`
      }
      const result = results[(turn / 2) % results.length] ?? 'sold'
      void machine.sellCashless(item, result)
      return `item ${item} by card: ${result}`
    },
    stop: machine.stop,
  }
}

function startWaferReader({ path, fault }: StartOptions): RunningMachine {
  const box = startWaferReaderBox({ path, fault })
  return {
    path,
    act(turn) {
      if (turn === 1) {
        box.switchOn()
        return 'switched on'
      }
      const item = (turn % 5) + 1
      if (turn % 6 === 0) {
        box.payCash(item)
        return `item ${item}: paid in coins`
      }
      const asked = box.select(item) ? 'asked for money' : 'still waits'
      return `item ${item}: ${asked}; ${box.vends.length} vends so far`
    },
    stop: box.stop,
  }
}

function startWaferCash({ path, fault }: StartOptions): RunningMachine {
  const box = startWaferCashBox({ path, fault })
  return {
    path,
    act(turn) {
      const type = turn % 3
      const [what, taken] =
        turn % 4 === 0 ? ['bill', box.insertBill(type)] : ['coin', box.insertCoin(type + 2)]
      return `${what} of type ${type}: ${taken ? 'taken' : 'inhibited'}`
    },
    stop: box.stop,
  }
}

function startCctalk({ path, fault }: StartOptions): RunningMachine {
  const acceptor = startCoinAcceptor({ path, fault })
  return {
    path,
    act(turn) {
      const coin = (turn % COIN_NAMES.size) + 1
      return `coin ${coin}: ${acceptor.insert(coin) ? 'taken' : 'inhibited'}`
    },
    stop: acceptor.stop,
  }
}

function startScanner({ path, fault }: StartOptions): RunningMachine {
  const scanner = startCodeScanner({ path, fault })
  return {
    path,
    act(turn) {
      const code = `https://pay.example/o/${turn}`
      scanner.hold(code)
      return `${code} held before it; ${scanner.told.length} told so far`
    },
    stop: scanner.stop,
  }
}

function startReceiver({ path, fault }: StartOptions): RunningMachine {
  const receiver = startGnssReceiver({ path, fault })
  const act = () => `${Math.round(receiver.metersDriven())} m driven`
  return { path, act, stop: receiver.stop }
}

function startRegisters({ path, fault, map }: StartOptions): RunningMachine {
  const box = startRegisterBox({ path, map, fault })
  return {
    path,
    act() {
      box.count(1n)
      const values = Object.entries(box.values())
      return values.map(([name, value]) => `${name} ${value}`).join(', ')
    },
    stop: box.stop,
  }
}

export const PROTOCOLS = {
  'mdb-reader': {
    says: 'a vending machine behind a Qibixx adapter, which is its cashless reader',
    baud: 115_200,
    faults: without('counter-reset'),
    start: startMdbReader,
  },
  'mdb-sniffer': {
    says: 'a machine’s own MDB bus behind a Qibixx adapter that listens (send X,1)',
    baud: 115_200,
    faults: FAULT_NAMES,
    start: startSniffed,
  },
  'waferlife-reader': {
    says: 'a vending machine behind a Waferlife RS232-MDB box, which is its cashless reader',
    baud: 9600,
    faults: without('counter-reset'),
    start: startWaferReader,
  },
  'waferlife-master': {
    says: 'a coin changer and a bill validator behind a Waferlife MDB-RS232 box',
    baud: 9600,
    faults: without('counter-reset'),
    start: startWaferCash,
  },
  dex: {
    says: 'a DEX/UCS port that waits to be asked for its audit',
    baud: 9600,
    faults: FAULT_NAMES,
    start: ({ path, fault }) => auditor(startDexMachine({ path, meters: METERS, ...of(fault) })),
  },
  'dex-master': {
    says: 'a DEX/UCS port that insists on asking first',
    baud: 9600,
    faults: FAULT_NAMES,
    start: ({ path, fault }) =>
      auditor(startDexMachine({ path, meters: METERS, manner: 'master', ...of(fault) })),
  },
  ddcmp: {
    says: 'a DDCMP port, most often an infrared head',
    baud: 2400,
    faults: FAULT_NAMES,
    start: ({ path, fault }) => auditor(startDdcmpMachine({ path, meters: METERS, ...of(fault) })),
  },
  cctalk: {
    says: 'a coin acceptor on a ccTalk wire, echo included',
    baud: 9600,
    faults: FAULT_NAMES,
    start: startCctalk,
  },
  nmea: {
    says: 'a GNSS receiver that drives around a block',
    baud: 9600,
    faults: FAULT_NAMES,
    start: startReceiver,
  },
  scanner: {
    says: 'a GM6x QR scanner with codes, triggers and configuration',
    baud: 9600,
    faults: without('counter-reset'),
    start: startScanner,
  },
  modbus: {
    says: 'a Modbus RTU box of any register map (--map), unit 1, its counters rising',
    baud: 19_200,
    faults: FAULT_NAMES,
    start: startRegisters,
  },
  pulse: {
    says: 'a Modbus RTU module that counts pulses on two inputs, unit 1',
    baud: 19_200,
    faults: FAULT_NAMES,
    start: options => startRegisters({ ...options, map: 'pulse-box' }),
  },
} as const satisfies Record<string, MachineProtocol>

export type ProtocolName = keyof typeof PROTOCOLS

function of(fault: FaultName | null): { fault?: FaultName } {
  return fault === null ? {} : { fault }
}
