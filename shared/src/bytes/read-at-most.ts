/** Reads what a stranger sends: no more than was agreed, however long he goes on. */
import { concat } from './bytes.ts'

/** @returns undefined when more comes; the rest is left unread and the stream is closed. */
export async function readAtMost(
  stream: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream ?? []) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return concat(...chunks)
}
