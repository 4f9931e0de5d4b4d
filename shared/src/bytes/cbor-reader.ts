/**
 * Reads any value of the core deterministic encoding of RFC 8949 §4.2.1 and nothing else: in one
 * pass, refusing whatever `cbor-writer.ts` would have spelt otherwise. Our own because every event
 * passes here: reading with a library and encoding again to compare takes fifteen times as long.
 * The library (`cbor2`) reads beside it in the tests.
 */
import type { CborValue } from './cbor.ts'
import {
  type CborCursor,
  CrookedCbor,
  checkKeyOrder,
  MAJOR,
  majorAhead,
  readWhole,
  takeArray,
  takeBytesCopy,
  takeInteger,
  takeMap,
  takeSimple,
  takeText,
} from './cbor-cursor.ts'

export type CborLimits = { maxDepth: number; maxItems: number }
type Left = { items: number }

/** Byte strings are copies. Integers beyond the safe range come as bigint. */
export function readCbor(bytes: Uint8Array, { maxDepth, maxItems }: CborLimits) {
  const left = { items: maxItems }
  return readWhole(bytes, cursor => takeValue(cursor, maxDepth, left))
}

function takeValue(cursor: CborCursor, depth: number, left: Left): CborValue {
  if (left.items === 0) throw new CrookedCbor('it holds too many items')
  left.items -= 1
  switch (majorAhead(cursor)) {
    case MAJOR.uint:
    case MAJOR.negative:
      return takeInteger(cursor)
    case MAJOR.bytes:
      return takeBytesCopy(cursor)
    case MAJOR.text:
      return takeText(cursor)
    case MAJOR.array:
      return takeItems(cursor, depth, left)
    case MAJOR.map:
      return takePairs(cursor, depth, left)
    case MAJOR.simple:
      return takeSimple(cursor)
    default:
      throw new CrookedCbor('it holds a tag')
  }
}

function takeItems(cursor: CborCursor, depth: number, left: Left): CborValue[] {
  const size = takeArray(cursor)
  if (depth === 0) throw new CrookedCbor('it is nested too deep')
  const items: CborValue[] = []
  for (let at = 0; at < size; at++) items.push(takeValue(cursor, depth - 1, left))
  return items
}

/** Keys in the order of their bytes, none twice. */
function takePairs(cursor: CborCursor, depth: number, left: Left): Map<CborValue, CborValue> {
  const size = takeMap(cursor)
  if (depth === 0) throw new CrookedCbor('it is nested too deep')
  const map = new Map<CborValue, CborValue>()
  const before = { start: 0, end: 0 }
  for (let at = 0; at < size; at++) {
    const start = cursor.at
    const key = takeValue(cursor, depth - 1, left)
    checkKeyOrder(cursor, before, start)
    map.set(key, takeValue(cursor, depth - 1, left))
  }
  return map
}
