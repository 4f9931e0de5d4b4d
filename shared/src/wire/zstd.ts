/** Zstandard for batches, Node only: the two functions that `wire/batch.ts` takes. */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { MAX_BATCH_CONTENT_BYTES } from './batch.ts'

export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes)
}

/** Stops at the limit, so that a small message cannot become a large one. */
export function decompress(bytes: Uint8Array): Uint8Array {
  return zstdDecompressSync(bytes, { maxOutputLength: MAX_BATCH_CONTENT_BYTES })
}
