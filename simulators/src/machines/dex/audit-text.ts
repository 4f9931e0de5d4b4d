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
  const { products, cashVends, cashValue, collections, initialised } = meters
  const vends = products.reduce((sum, { sold }) => sum + sold, 0)
  const value = products.reduce((sum, { sold, price }) => sum + sold * price, 0)
  const both = (amount: number, count: number) => [amount, count, amount, count].map(String)
  return [
    ['ID1', meters.serial, 'TILLPROOF SIM', '0100'],
    ['ID4', '2', '1978', 'EUR'],
    ['ID5', meters.date, meters.time],
    ['VA1', ...both(value, vends)],
    ['CA2', ...both(cashValue, cashVends)],
    ['CA3', ...[cashValue, cashValue, 0, 0, cashValue, cashValue, 0, 0].map(String)],
    ['DA2', ...both(value - cashValue, vends - cashVends)],
    ...products.flatMap(({ number, name, price, sold }) => [
      ['PA1', number, String(price), name],
      ['PA2', ...[sold, sold * price, sold, sold * price].map(String)],
    ]),
    ['EA3', String(collections)],
    ['EA4', initialised.date, initialised.time, 'TPS'],
    ['EA7', '0', String(meters.powerCuts)],
  ]
}

function lines(segments: string[][]): Uint8Array {
  const text = segments.map(fields => `${fields.join('*')}\r\n`).join('')
  return new TextEncoder().encode(text)
}

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
