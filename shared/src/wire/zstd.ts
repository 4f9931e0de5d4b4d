/** Zstandard for batches, Node only: the functions that `wire/batch.ts` takes. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { MAX_BATCH_CONTENT_BYTES } from './batch.ts'

export function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes)
}

/** Slower and smaller, for what has to fit where something else fitted. */
export function compressHard(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } })
}

/** Stops at the limit, so that a small message cannot become a large one. */
export function decompress(bytes: Uint8Array): Uint8Array {
  return zstdDecompressSync(bytes, { maxOutputLength: MAX_BATCH_CONTENT_BYTES })
}
