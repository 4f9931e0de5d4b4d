/**
 * RLP, Ethereum's encoding of nested byte strings. Reading accepts one spelling a value: shortest
 * lengths, no byte left over. (Ethereum yellow paper, appendix B.)
 */
import { concat } from './bytes.ts'

export type RlpItem = Uint8Array | readonly RlpItem[]

/** Far deeper than any node of a trie nests. */
const MAX_DEPTH = 16
const SHORT = 55
const STRING = 0x80
const LIST = 0xc0

/** @returns undefined unless the bytes are exactly one item. */
export function decodeRlp(bytes: Uint8Array): RlpItem | undefined {
  const read = readItem(bytes, 0, MAX_DEPTH)
  return read?.end === bytes.length ? read.item : undefined
}

export function encodeRlp(item: RlpItem): Uint8Array {
  if (!(item instanceof Uint8Array)) return withLength(LIST, concat(...item.map(encodeRlp)))
  const isOwnSpelling = item.length === 1 && (item[0] ?? 0) < STRING
  return isOwnSpelling ? item : withLength(STRING, item)
}

function withLength(kind: number, content: Uint8Array): Uint8Array {
  const { length } = content
  if (length <= SHORT) return concat(Uint8Array.of(kind + length), content)
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return concat(Uint8Array.of(kind + SHORT + digits.length, ...digits), content)
}

type Read = { item: RlpItem; end: number }

function readItem(bytes: Uint8Array, at: number, depth: number): Read | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < STRING) return { item: bytes.slice(at, at + 1), end: at + 1 }
  const kind = first < LIST ? STRING : LIST
  const content = contentAt(bytes, at, first - kind)
  if (!content || content.end > bytes.length) return undefined
  if (kind === LIST) return readList(bytes, content, depth)
  const item = bytes.slice(content.start, content.end)
  const isOneByte = item.length === 1 && (item[0] ?? 0) < STRING
  return isOneByte ? undefined : { item, end: content.end }
}

type Content = { start: number; end: number }

/** @param code the first byte less its kind: the length, or by how many bytes it is written */
function contentAt(bytes: Uint8Array, at: number, code: number): Content | undefined {
  if (code <= SHORT) return { start: at + 1, end: at + 1 + code }
  const start = at + 1 + code - SHORT
  const digits = bytes.subarray(at + 1, start)
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0)
  const isShortest = digits[0] !== 0 && length > SHORT
  return isShortest && Number.isSafeInteger(length) ? { start, end: start + length } : undefined
}

function readList(bytes: Uint8Array, { start, end }: Content, depth: number): Read | undefined {
  if (depth === 0) return undefined
  const items: RlpItem[] = []
  let at = start
  while (at < end) {
    const read = readItem(bytes.subarray(0, end), at, depth - 1)
    if (!read) return undefined
    items.push(read.item)
    at = read.end
  }
  return { item: items, end }
}
