/** Register words ↔ values of a profile, and which words to ask for in one go. */
import { type BitPoint, type ModbusProfile, type RegisterPoint, WORDS } from './profile.ts'

/** `raw` is what the box counts and what evidence keeps; `value` is raw times scale for people. */
export type Reading = { raw: bigint; value: number; unit: string }
export type Table = RegisterPoint['table'] | BitPoint['table']
/** One request: `count` words or bits of a table from `address` on. */
export type Block = { table: Table; address: number; count: number }

/** Unused words are read along rather than asking twice; a request may have 125 registers. */
const MAX_GAP = 8
const MAX_COUNT = 120

export function wordsOf(point: RegisterPoint): number {
  return WORDS[point.type]
}

/**
 * `words`: exactly the point's registers, as unsigned 16-bit numbers in wire order. Of a float32,
 * `raw` is its four bytes as a number: what the box holds, exactly.
 */
export function decodeRegister(point: RegisterPoint, words: readonly number[]): Reading {
  const ordered = reorder(point, words)
  const unsigned = ordered.reduce((sum, word) => (sum << 16n) | BigInt(word & 0xffff), 0n)
  const raw = point.type.startsWith('int')
    ? BigInt.asIntN(WORDS[point.type] * 16, unsigned)
    : unsigned
  const number = point.type === 'float32' ? floatOf(Number(unsigned)) : Number(raw)
  return { raw, value: number * point.scale, unit: point.unit }
}

/** The words that make the box hold `raw`; the value is taken modulo the point's width. */
export function encodeRegister(point: RegisterPoint, raw: bigint): number[] {
  const count = WORDS[point.type]
  const unsigned = BigInt.asUintN(count * 16, raw)
  const words = Array.from({ length: count }, (_, i) =>
    Number((unsigned >> BigInt((count - 1 - i) * 16)) & 0xffffn),
  )
  return reorder(point, words)
}

/** Each order is its own inverse. */
function reorder({ wordOrder }: RegisterPoint, words: readonly number[]): number[] {
  const isLowFirst = wordOrder === 'CDAB' || wordOrder === 'DCBA'
  const isSwapped = wordOrder === 'BADC' || wordOrder === 'DCBA'
  const ordered = isLowFirst ? words.toReversed() : [...words]
  return isSwapped ? ordered.map(word => ((word & 0xff) << 8) | ((word >> 8) & 0xff)) : ordered
}

function floatOf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, bits)
  return view.getFloat32(0)
}

/** How far a counter moved, wraps included. A counter of n bits can hide full turns: read often. */
export function counterDelta(before: bigint, after: bigint, counterBits: number): bigint {
  return BigInt.asUintN(counterBits, after - before)
}

/** The fewest requests that read the whole profile. */
export function readBlocks(profile: ModbusProfile): Block[] {
  const points = [
    ...Object.values(profile.registers).map(it => block(it.table, it.address, wordsOf(it))),
    ...Object.values(profile.bits).map(it => block(it.table, it.address, 1)),
  ].sort((a, b) => a.table.localeCompare(b.table) || a.address - b.address)
  return points.reduce<Block[]>(mergeInto, [])
}

function block(table: Table, address: number, count: number): Block {
  return { table, address, count }
}

function mergeInto(blocks: Block[], next: Block): Block[] {
  const last = blocks.at(-1)
  if (last === undefined || last.table !== next.table) return [...blocks, next]
  const end = Math.max(last.address + last.count, next.address + next.count)
  const gap = next.address - (last.address + last.count)
  if (gap > MAX_GAP || end - last.address > MAX_COUNT) return [...blocks, next]
  return [...blocks.slice(0, -1), { ...last, count: end - last.address }]
}

/** A point that was not answered, or that the profile does not know, is absent. */
export type Snapshot = {
  registers: Record<string, Reading | undefined>
  bits: Record<string, boolean | undefined>
}
/** The answer to one block: words or bits in address order. */
export type BlockAnswer = { block: Block; words: readonly number[] }

/** All readings of a profile from the answers to `readBlocks`. Bits travel as 0 and 1. */
export function decodeSnapshot(profile: ModbusProfile, answers: readonly BlockAnswer[]): Snapshot {
  const snapshot: Snapshot = { registers: {}, bits: {} }
  for (const [name, point] of Object.entries(profile.registers)) {
    const words = cut(answers, point.table, point.address, wordsOf(point))
    if (words !== undefined) snapshot.registers[name] = decodeRegister(point, words)
  }
  for (const [name, point] of Object.entries(profile.bits)) {
    const words = cut(answers, point.table, point.address, 1)
    if (words !== undefined) snapshot.bits[name] = words[0] !== 0
  }
  return snapshot
}

function cut(
  answers: readonly BlockAnswer[],
  table: Table,
  address: number,
  count: number,
): readonly number[] | undefined {
  for (const { block: asked, words } of answers) {
    const from = address - asked.address
    if (asked.table === table && from >= 0 && from + count <= asked.count) {
      const part = words.slice(from, from + count)
      return part.length === count ? part : undefined
    }
  }
  return undefined
}
