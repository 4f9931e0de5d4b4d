/**
 * A Modbus unit made from a register profile: the machine says what its points hold, and what
 * happens when one is written. One PDU in, one PDU out; the transports put their frames around.
 *
 *   request   01–04 address(2) count(2) · 05 06 address(2) value(2) · 0F 10 address count n data
 *   exception function|80h code: 1 function, 2 address, 3 value
 */
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { encodeRegister, type Table, wordsOf } from '@tillproof/firmware-bridge/modbus/decode.ts'
import type { ModbusProfile } from '@tillproof/firmware-bridge/modbus/profile.ts'

export type UnitPoints = {
  /** Raw value of a register by its name in the profile; bits as 0 and 1. */
  read(name: string): bigint
  write(name: string, raw: bigint): void
}

export type ModbusUnit = {
  answer(pdu: Uint8Array): Uint8Array
  /** Somebody has asked lately: there is an agent beside the machine. */
  isAttended(): boolean
}

/** Many times the pause of an agent between two looks. */
const UNATTENDED_AFTER_MS = 4_000

const TABLE_OF = new Map<number, Table>([
  [1, 'coil'],
  [2, 'discrete'],
  [3, 'holding'],
  [4, 'input'],
])
const [BAD_FUNCTION, BAD_ADDRESS, BAD_VALUE] = [1, 2, 3]

export function modbusUnit(profile: ModbusProfile, points: UnitPoints): ModbusUnit {
  let askedAtMs = Number.NEGATIVE_INFINITY
  return {
    isAttended: () => systemClock.monotonicMs() - askedAtMs < UNATTENDED_AFTER_MS,
    answer(pdu) {
      askedAtMs = systemClock.monotonicMs()
      const fn = pdu[0] ?? 0
      const table = TABLE_OF.get(fn)
      if (table !== undefined) return readTable(profile, points, fn, table, pdu)
      if (fn === 5 || fn === 6) return writeOne(profile, points, fn, pdu)
      if (fn === 16) return writeRegisters(profile, points, pdu)
      return exception(fn, BAD_FUNCTION)
    },
  }
}

function readTable(
  profile: ModbusProfile,
  points: UnitPoints,
  fn: number,
  table: Table,
  pdu: Uint8Array,
): Uint8Array {
  const [address, count] = [word(pdu, 1), word(pdu, 3)]
  const isBits = fn <= 2
  if (count < 1 || count > (isBits ? 2000 : 125)) return exception(fn, BAD_VALUE)
  const image = imageOf(profile, points, table)
  if (address + count > Math.max(-1, ...image.keys()) + 1) return exception(fn, BAD_ADDRESS)
  const values = Array.from({ length: count }, (_, i) => image.get(address + i) ?? 0)
  const data = isBits ? packBits(values) : values.flatMap(value => [value >> 8, value & 0xff])
  return Uint8Array.of(fn, data.length, ...data)
}

/** All words or bits of a table by address. */
function imageOf(profile: ModbusProfile, points: UnitPoints, table: Table): Map<number, number> {
  const image = new Map<number, number>()
  for (const [name, point] of Object.entries(profile.registers)) {
    if (point.table !== table) continue
    const words = encodeRegister(point, points.read(name))
    words.forEach((value, i) => {
      image.set(point.address + i, value)
    })
  }
  for (const [name, point] of Object.entries(profile.bits)) {
    if (point.table === table) image.set(point.address, Number(points.read(name)))
  }
  return image
}

function packBits(values: number[]): number[] {
  const bytes = new Array<number>(Math.ceil(values.length / 8)).fill(0)
  values.forEach((value, i) => {
    bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (value << (i & 7))
  })
  return bytes
}

function writeOne(
  profile: ModbusProfile,
  points: UnitPoints,
  fn: number,
  pdu: Uint8Array,
): Uint8Array {
  const [address, value] = [word(pdu, 1), word(pdu, 3)]
  if (fn === 5 && value !== 0 && value !== 0xff00) return exception(fn, BAD_VALUE)
  const raw = fn === 5 ? BigInt(value === 0xff00) : BigInt(value)
  const all = fn === 5 ? profile.bits : profile.registers
  for (const [name, point] of Object.entries(all)) {
    if (!point.writable || point.address !== address) continue
    points.write(name, raw)
    return pdu.slice(0, 5)
  }
  return exception(fn, BAD_ADDRESS)
}

/** Whole registers only, in address order, as the boxes of the field accept them. */
function writeRegisters(profile: ModbusProfile, points: UnitPoints, pdu: Uint8Array): Uint8Array {
  const [address, count] = [word(pdu, 1), word(pdu, 3)]
  if (pdu.length !== 6 + count * 2 || pdu[5] !== count * 2) return exception(16, BAD_VALUE)
  let written = 0
  for (const [name, point] of byAddress(profile)) {
    if (!point.writable || point.address !== address + written || written >= count) continue
    const words = Array.from({ length: wordsOf(point) }, (_, i) => word(pdu, 6 + (written + i) * 2))
    points.write(
      name,
      words.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n),
    )
    written += words.length
  }
  return written === count ? pdu.slice(0, 5) : exception(16, BAD_ADDRESS)
}

function byAddress(profile: ModbusProfile) {
  return Object.entries(profile.registers).sort(([, a], [, b]) => a.address - b.address)
}

function word(pdu: Uint8Array, at: number): number {
  return ((pdu[at] ?? 0) << 8) | (pdu[at + 1] ?? 0)
}

function exception(fn: number, code: number): Uint8Array {
  return Uint8Array.of(fn | 0x80, code)
}
