/**
 * The book writers of this process: opened when first needed, one batch of a book at a time, thrown
 * away after any doubt and opened again from what the database says.
 */

import type { WriterDeps } from './writer.ts'
import {
  type BookWriter,
  openBookWriter,
  type PostingResult,
  type PostingSource,
} from './writer.ts'

/** `busy`: another process holds the book; what is due there stays due. */
export type PostOutcome = { ok: true; results: PostingResult[] } | { refused: 'busy' }

export type BookWriters = {
  post(operatorId: string, sources: readonly PostingSource[]): Promise<PostOutcome>
  close(): Promise<void>
}

const MOST_OPEN = 256

export function bookWriters(deps: WriterDeps): BookWriters {
  /** Least recently used first. */
  const open = new Map<string, BookWriter>()
  const turns = new Map<string, Promise<unknown>>()

  async function postNow(
    operatorId: string,
    sources: readonly PostingSource[],
  ): Promise<PostOutcome> {
    const writer = await writerOf(operatorId)
    if (writer === undefined) return { refused: 'busy' }
    // Out of the map while it works: an error must not leave a writer whose memory is in doubt.
    open.delete(operatorId)
    const result = await writer.post(sources)
    if (!('ok' in result)) return { refused: 'busy' }
    open.set(operatorId, writer)
    await closeOldest()
    return result
  }

  /** Books that nobody posts to should not fill the memory with their accounts. */
  async function closeOldest(): Promise<void> {
    const [oldest] = open
    if (open.size <= MOST_OPEN || oldest === undefined) return
    open.delete(oldest[0])
    await oldest[1].close()
  }

  async function writerOf(operatorId: string): Promise<BookWriter | undefined> {
    const known = open.get(operatorId)
    if (known !== undefined) return known
    const opened = await openBookWriter(deps, operatorId)
    return 'ok' in opened ? opened.writer : undefined
  }

  return {
    post(operatorId, sources) {
      const before = turns.get(operatorId) ?? Promise.resolve()
      const turn = before.then(() => postNow(operatorId, sources))
      const settled = turn.then(forget, forget)
      turns.set(operatorId, settled)
      return turn

      function forget(): void {
        if (turns.get(operatorId) === settled) turns.delete(operatorId)
      }
    },
    async close() {
      await Promise.all(turns.values())
      const writers = [...open.values()]
      open.clear()
      await Promise.all(writers.map(writer => writer.close()))
    },
  }
}
