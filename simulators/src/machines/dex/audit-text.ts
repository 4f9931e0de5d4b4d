/**
 * Audits as a machine writes them: its meters in EVA-DTS segments, with envelope, checksum and
 * count. What the parser reads must be written by somebody else than the parser.
 */
import { crc16Arc } from '@tillproof/firmware-bridge/crc.ts'

/** Values in minor units; product numbers in the order of the shelf. */
export type MachineMeters = {
  serial: string
  /** YYYYMMDD and HHMMSS of the machine's clock. */
  date: string
  time: string
  initialised: { date: string; time: string }
  products: { number: string; name: string; price: number; sold: number }[]
  /** Share of all vends paid in cash; the others by cashless reader 1. */
  cashVends: number
  cashValue: number
  collections: number
  powerCuts: number
  /** The meters at the last collection; absent: there was none. */
  collected?: Omit<MachineMeters, 'collected'>
}

/** The whole audit, CRLF after every segment. */
export function auditText(meters: MachineMeters): Uint8Array {
  const body = [['ST', '001', '0001'], ...segmentsOf(meters)]
  const covered = lines(body)
  const crc = crc16Arc(covered).toString(16).toUpperCase().padStart(4, '0')
  return join(
    lines([['DXS', 'TPS0000001', 'VA', 'V0/6', '1']]),
    covered,
    lines([
      ['G85', crc],
      ['SE', String(body.length + 2), '0001'],
      ['DXE', '1', '1'],
    ]),
  )
}

function segmentsOf(meters: MachineMeters): string[][] {
  const now = totalsOf(meters)
  const then = meters.collected ? totalsOf(meters.collected) : NOTHING
  const { cash, vends } = now
  const since = (at: keyof Totals) => now[at] - then[at]
  const all = (...numbers: number[]) => numbers.map(String)
  return [
    ['ID1', meters.serial, 'TILLPROOF SIM', '0100'],
    ['ID4', '2', '1978', 'EUR'],
    ['ID5', meters.date, meters.time],
    ['VA1', ...all(now.value, vends, since('value'), since('vends'))],
    ['CA2', ...all(cash, now.cashVends, since('cash'), since('cashVends'))],
    ['CA3', ...all(since('cash'), since('cash'), 0, 0, cash, cash, 0, 0)],
    ['DA2', ...all(now.value - cash, vends - now.cashVends, ...cashlessSince(now, then))],
    ...meters.products.flatMap(({ number, name, price, sold }, index) => {
      const fresh = sold - (meters.collected?.products[index]?.sold ?? 0)
      return [
        ['PA1', number, String(price), name],
        ['PA2', ...all(sold, sold * price, fresh, fresh * price)],
      ]
    }),
    ['EA3', String(meters.collections)],
    ['EA4', meters.initialised.date, meters.initialised.time, 'TPS'],
    ['EA7', '0', String(meters.powerCuts)],
  ]
}

type Totals = { value: number; vends: number; cash: number; cashVends: number }

const NOTHING: Totals = { value: 0, vends: 0, cash: 0, cashVends: 0 }

function totalsOf({ products, cashValue, cashVends }: MachineMeters): Totals {
  return {
    value: products.reduce((sum, { sold, price }) => sum + sold * price, 0),
    vends: products.reduce((sum, { sold }) => sum + sold, 0),
    cash: cashValue,
    cashVends,
  }
}

function cashlessSince(now: Totals, then: Totals): [value: number, vends: number] {
  return [
    now.value - now.cash - (then.value - then.cash),
    now.vends - now.cashVends - (then.vends - then.cashVends),
  ]
}

function lines(segments: string[][]): Uint8Array {
  const text = segments.map(fields => `${fields.join('*')}\r\n`).join('')
  return new TextEncoder().encode(text)
}

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
