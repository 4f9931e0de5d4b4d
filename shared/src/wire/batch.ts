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
import { decodeCbor, encodeCbor } from '../bytes/cbor.ts'
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

/** Checks form and sizes only; the head's signature and root are the caller's to verify. */
export function decodeBatch(payload: Uint8Array, decompress: Decompress): DecodedBatch {
  if (payload.length > MAX_BATCH_BYTES) return { ok: false, refused: 'too-large' }
  if (payload[0] !== FORMAT_ZSTD) return { ok: false, refused: 'unknown-format' }
  const content = attempt(() => decompress(payload.subarray(1)))
  if (!content) return { ok: false, refused: 'not-decompressible' }
  if (content.length > MAX_BATCH_CONTENT_BYTES) return { ok: false, refused: 'too-large' }
  const batch = readBatch(attempt(() => decodeCbor(content)))
  return batch ? { ok: true, batch } : { ok: false, refused: 'malformed' }
}

function readBatch(map: CborValue | undefined): Batch | undefined {
  if (!(map instanceof Map) || map.size !== 4 || map.get(KEY.version) !== VERSION) return undefined
  const firstIndex = map.get(KEY.firstIndex)
  const head = map.get(KEY.head)
  const entries = readEntries(map.get(KEY.entries))
  if (typeof firstIndex !== 'number' || firstIndex < 0 || !entries) return undefined
  if (!Number.isSafeInteger(firstIndex + entries.length)) return undefined
  if (typeof head !== 'string' || head.length > MAX_HEAD_LENGTH) return undefined
  return { firstIndex, entries, head }
}

function readEntries(value: CborValue | undefined): EventParts[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_BATCH_ENTRIES) return undefined
  const entries: EventParts[] = []
  for (const item of value) {
    const entry = readEntry(item)
    if (!entry) return undefined
    entries.push(entry)
  }
  return entries
}

function readEntry(value: CborValue): EventParts | undefined {
  if (!Array.isArray(value) || value.length < 3 || value.length > 4) return undefined
  const [open, openSalt, sealed, sealedSalt] = value
  if (!isBytes(open, 1, MAX_OPEN_BYTES) || !isSalt(openSalt)) return undefined
  if (value.length === 3) {
    const sealedHash = sealed
    if (!(sealedHash instanceof Uint8Array) || !isErasedHash(sealedHash)) return undefined
    return { open, openSalt, sealed: null, sealedSalt: null, sealedHash }
  }
  if (sealed === null && sealedSalt === null) return { open, openSalt, sealed, sealedSalt }
  if (!isBytes(sealed, 1, MAX_SEALED_BYTES) || !isSalt(sealedSalt)) return undefined
  return { open, openSalt, sealed, sealedSalt }
}

function isSalt(value: unknown): value is Uint8Array {
  return isBytes(value, SALT_BYTES, SALT_BYTES)
}

function isBytes(value: unknown, min: number, max: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length >= min && value.length <= max
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
