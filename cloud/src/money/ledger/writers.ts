/**
 * The book writers of this process: opened when first needed, kept while they are sound, thrown
 * away after any doubt and opened again from what the database says.
 */

import type { PostingResult, PostingSource } from './draft-batch.ts'
import { type BatchResult, type BookWriter, openBookWriter, type WriterDeps } from './writer.ts'

/** `busy`: another process holds the book; what is due there stays due. */
export type PostOutcome = { ok: true; results: PostingResult[] } | { refused: 'busy' }

export type BookWriters = {
  /** Batches of one book are booked in the order of the calls. */
  post(operatorId: string, sources: readonly PostingSource[]): Promise<PostOutcome>
  close(): Promise<void>
}

const MOST_OPEN = 256

export function bookWriters(deps: WriterDeps): BookWriters {
  /** Least recently used first; undefined while another process holds the book. */
  const open = new Map<string, Promise<BookWriter | undefined>>()

  function writerOf(operatorId: string): Promise<BookWriter | undefined> {
    const known = open.get(operatorId) ?? opened(operatorId)
    open.delete(operatorId)
    open.set(operatorId, known)
    return known
  }

  async function opened(operatorId: string): Promise<BookWriter | undefined> {
    const result = await openBookWriter(deps, operatorId)
    return 'ok' in result ? result.writer : undefined
  }

  /** Books that nobody posts to should not fill the memory with their accounts. */
  async function closeOldest(): Promise<void> {
    const [oldest] = open
    if (open.size <= MOST_OPEN || oldest === undefined) return
    open.delete(oldest[0])
    await (await oldest[1])?.close()
  }

  async function postNow(
    operatorId: string,
    writer: Promise<BookWriter | undefined>,
    sources: readonly PostingSource[],
  ): Promise<PostOutcome> {
    let result: BatchResult | undefined
    try {
      result = await (await writer)?.post(sources)
    } finally {
      // A writer whose memory is in doubt is never asked again.
      const isSound = result !== undefined && 'ok' in result
      if (!isSound && open.get(operatorId) === writer) open.delete(operatorId)
    }
    if (result === undefined || !('ok' in result)) return { refused: 'busy' }
    await closeOldest()
    return result
  }

  return {
    post: (operatorId, sources) => postNow(operatorId, writerOf(operatorId), sources),
    async close() {
      const writers = [...open.values()]
      open.clear()
      const closing = writers.map(async writer => (await writer)?.close())
      await Promise.all(closing)
    },
  }
}
