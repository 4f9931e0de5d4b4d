/**
 * Who takes the money in the machine: coin mechanism with its coins and tubes, bill validator,
 * cashless readers. Their totals are meters; here are names, and the parts that repeat.
 */
import { type Segment, wholeNumber } from './segment.ts'

export type Device = {
  kind: 'coins' | 'bills' | 'cashless reader 1' | 'cashless reader 2'
  serial: string
  model: string
  revision: string
}

/** CA11, per coin: pieces accepted since the last collection, and where they went. */
export type Coin = {
  value: bigint | null
  accepted: bigint | null
  toBox: bigint | null
  toTubes: bigint | null
}

/** CA17: what stands in a tube right now. */
export type Tube = {
  number: string
  coin: bigint | null
  count: bigint | null
  full: boolean | null
}

export type MoneyDevices = { devices: Device[]; coins: Coin[]; tubes: Tube[] }

const KINDS = new Map<string, Device['kind']>([
  ['CA1', 'coins'],
  ['BA1', 'bills'],
  ['DA1', 'cashless reader 1'],
  ['DB1', 'cashless reader 2'],
])

export function readMoneyDevices(segments: Segment[]): MoneyDevices {
  return {
    devices: segments.flatMap(readDevice),
    coins: segments.filter(({ id }) => id === 'CA11').map(({ fields }) => readCoin(fields)),
    tubes: segments.filter(({ id }) => id === 'CA17').map(({ fields }) => readTube(fields)),
  }
}

/** A segment of three empty fields says that the place is empty. */
function readDevice({ id, fields }: Segment): Device[] {
  const kind = KINDS.get(id)
  const [serial = '', model = '', revision = ''] = fields.map(field => field.trim())
  if (kind === undefined || `${serial}${model}${revision}` === '') return []
  return [{ kind, serial, model, revision }]
}

function readCoin(fields: string[]): Coin {
  return {
    value: wholeNumber(fields[0]),
    accepted: wholeNumber(fields[1]),
    toBox: wholeNumber(fields[2]),
    toTubes: wholeNumber(fields[3]),
  }
}

function readTube(fields: string[]): Tube {
  const full = fields[5]?.trim()
  return {
    number: fields[0]?.trim() ?? '',
    coin: wholeNumber(fields[1]),
    count: wholeNumber(fields[2]),
    full: full === '1' ? true : full === '0' ? false : null,
  }
}
