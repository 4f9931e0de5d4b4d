/**
 * A batch: consecutive events of one device's log with the signed head that covers them.
 *
 *   payload = 0x01 || compressed CBOR {1: 1, 2: first index, 3: [entry…], 4: head}
 *   entry   = [open, open salt, sealed or null, sealed salt or null]
 *           / [open, open salt, hash of the erased sealed part]
 *
 * The first byte names the compression: 0x01 is Zstandard (RFC 8878). Compression is injected
 * (`wire/zstd.ts` in Node) so that this file stays pure.
 */

import { concat } from '../bytes/bytes.ts'
import type { CborValue } from '../bytes/cbor.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import {
  type CborCursor,
  readWhole,
  takeArray,
  takeBytes,
  takeMap,
  takeNull,
  takeText,
  takeUint,
} from '../bytes/cbor-cursor.ts'
import { TillproofError } from '../errors.ts'
import { MAX_OPEN_BYTES, MAX_SEALED_BYTES } from '../event/codec.ts'
import { isErasedHash, SALT_BYTES } from '../event/commitment.ts'
import type { EventParts } from '../event/event.ts'

export type Batch = { firstIndex: number; entries: EventParts[]; head: string }
export type BatchRefusal = 'too-large' | 'unknown-format' | 'not-decompressible' | 'malformed'
export type DecodedBatch = { ok: true; batch: Batch } | { ok: false; refused: BatchRefusal }
export type Compress = (bytes: Uint8Array) => Uint8Array
/** Throws on bytes it cannot decompress and on results beyond {@link MAX_BATCH_CONTENT_BYTES}. */
export type Decompress = (bytes: Uint8Array) => Uint8Array

/** AWS IoT Core's limit for one MQTT payload. */
export const MAX_BATCH_BYTES = 131_072
export const MAX_BATCH_CONTENT_BYTES = 4 * 1024 * 1024
export const MAX_BATCH_ENTRIES = 16_384
const MAX_HEAD_LENGTH = 8192
const FORMAT_ZSTD = 0x01
const VERSION = 1
const KEY = { version: 1, firstIndex: 2, entries: 3, head: 4 } as const

/** @throws TillproofError `batch.too-large`: send fewer entries. */
export function encodeBatch(batch: Batch, compress: Compress): Uint8Array {
  const content = encodeCbor(
    new Map<CborValue, CborValue>([
      [KEY.version, VERSION],
      [KEY.firstIndex, batch.firstIndex],
      [KEY.entries, batch.entries.map(writeEntry)],
      [KEY.head, batch.head],
    ]),
  )
  const payload = concat(Uint8Array.of(FORMAT_ZSTD), compress(content))
  const fits = payload.length <= MAX_BATCH_BYTES && content.length <= MAX_BATCH_CONTENT_BYTES
  if (!fits || batch.entries.length > MAX_BATCH_ENTRIES) throw tooLarge(payload.length)
  return payload
}

function writeEntry({ open, openSalt, sealed, sealedSalt, sealedHash }: EventParts): CborValue[] {
  return sealedHash ? [open, openSalt, sealedHash] : [open, openSalt, sealed, sealedSalt]
}

/**
 * Checks form and sizes only; the head's signature and root are the caller's to verify. The parts
 * of the entries are views of one array, which lives as long as any of them.
 */
export function decodeBatch(payload: Uint8Array, decompress: Decompress): DecodedBatch {
  if (payload.length > MAX_BATCH_BYTES) return { ok: false, refused: 'too-large' }
  if (payload[0] !== FORMAT_ZSTD) return { ok: false, refused: 'unknown-format' }
  const content = attempt(() => decompress(payload.subarray(1)))
  if (!content) return { ok: false, refused: 'not-decompressible' }
  if (content.length > MAX_BATCH_CONTENT_BYTES) return { ok: false, refused: 'too-large' }
  const read = readWhole(content, takeBatch)
  const batch = 'value' in read ? read.value : undefined
  return batch ? { ok: true, batch } : { ok: false, refused: 'malformed' }
}

/** Undefined, like a fault, for what is no batch. Each key stands in its one place. */
function takeBatch(cursor: CborCursor): Batch | undefined {
  if (takeMap(cursor) !== 4) return undefined
  if (takeUint(cursor) !== KEY.version || takeUint(cursor) !== VERSION) return undefined
  if (takeUint(cursor) !== KEY.firstIndex) return undefined
  const firstIndex = takeUint(cursor)
  if (takeUint(cursor) !== KEY.entries) return undefined
  const entries = takeEntries(cursor)
  if (!entries || takeUint(cursor) !== KEY.head) return undefined
  const head = takeText(cursor)
  if (typeof firstIndex !== 'number' || head.length > MAX_HEAD_LENGTH) return undefined
  if (!Number.isSafeInteger(firstIndex + entries.length)) return undefined
  return { firstIndex, entries, head }
}

function takeEntries(cursor: CborCursor): EventParts[] | undefined {
  const count = takeArray(cursor)
  if (count > MAX_BATCH_ENTRIES) return undefined
  const entries: EventParts[] = []
  for (let at = 0; at < count; at++) {
    const entry = takeEntry(cursor)
    if (!entry) return undefined
    entries.push(entry)
  }
  return entries
}

function takeEntry(cursor: CborCursor): EventParts | undefined {
  const length = takeArray(cursor)
  if (length < 3 || length > 4) return undefined
  const open = takeBytes(cursor)
  const openSalt = takeBytes(cursor)
  if (!isBytes(open, 1, MAX_OPEN_BYTES) || !isSalt(openSalt)) return undefined
  if (length === 3) {
    const sealedHash = takeBytes(cursor)
    if (!isErasedHash(sealedHash)) return undefined
    return { open, openSalt, sealed: null, sealedSalt: null, sealedHash }
  }
  const sealed = takeNull(cursor) ? null : takeBytes(cursor)
  const sealedSalt = takeNull(cursor) ? null : takeBytes(cursor)
  if (sealed === null && sealedSalt === null) return { open, openSalt, sealed, sealedSalt }
  if (!sealed || !isBytes(sealed, 1, MAX_SEALED_BYTES)) return undefined
  return sealedSalt && isSalt(sealedSalt) ? { open, openSalt, sealed, sealedSalt } : undefined
}

const isSalt = (bytes: Uint8Array): boolean => bytes.length === SALT_BYTES

function isBytes(bytes: Uint8Array, min: number, max: number): boolean {
  return bytes.length >= min && bytes.length <= max
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function tooLarge(bytes: number): TillproofError {
  return new TillproofError(
    'batch.too-large',
    `The batch takes ${bytes} bytes; ${MAX_BATCH_BYTES} is the most a message may carry.`,
    'Put fewer entries into one batch.',
  )
}
