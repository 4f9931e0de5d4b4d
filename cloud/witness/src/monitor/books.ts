/**
 * Follows the books that somebody with an account at the cloud may see: reads their batches from
 * where it stands and holds each against the log that was followed.
 */

import { listOf } from '@tillproof/shared/api/fields.ts'
import { bookBatch } from '@tillproof/shared/api/money.ts'
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import { EMPTY_BOOK, hashOf, judgeBatch, judgeLast, type ShownBatch } from './book-rule.ts'
import type { Finding } from './finding.ts'
import type { Round } from './follow.ts'
import type { Memory } from './memory.ts'

/** Batches of a book from this number on, oldest first; a reason where they cannot be had now. */
export type ReadBatches = (
  operatorId: string,
  from: bigint,
) => Promise<{ batches: ShownBatch[] } | { unreachable: string }>

const answer = listOf(bookBatch)

/** @param ask gives the JSON of a path of the cloud's API; what it throws is a reason */
export function batchReader(ask: (path: string) => Promise<string>): ReadBatches {
  return async (operatorId, from) => {
    try {
      const text = await ask(`/api/v1/ledger/batches?book=${operatorId}&from=${from}`)
      const parsed = answer.safeParse(JSON.parse(text))
      if (parsed.success) return { batches: parsed.data.items }
      return { unreachable: `book ${operatorId}: what the cloud sent is no list of batches` }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { unreachable: `book ${operatorId}: ${reason}` }
    }
  }
}

/** One look at one book, after the log was followed. */
export async function followBook(
  { memory, read }: { memory: Memory; read: ReadBatches },
  operatorId: string,
  nowMs: number,
): Promise<Round> {
  const findings: Finding[] = []
  let isLastSeen = false
  for (;;) {
    const known = memory.book(operatorId) ?? EMPTY_BOOK
    const isFirst = known.seq === 0n
    const from = isFirst || isLastSeen ? known.seq + 1n : known.seq
    const page = await read(operatorId, from)
    if ('unreachable' in page) return { did: 'unreachable', reason: page.unreachable }
    const { batches } = page
    const [last, ...newer] = batches
    if (!isFirst && !isLastSeen) {
      if (last === undefined) return { did: 'unreachable', reason: notShown(operatorId) }
      findings.push(...judgeLast({ operatorId, known }, last))
    }
    const judged = judgePage(memory, operatorId, isFirst || isLastSeen ? batches : newer, nowMs)
    isLastSeen = true
    findings.push(...judged.findings)
    if (!judged.more) break
  }
  memory.keep(findings, nowMs)
  return { did: 'book', findings }
}

/** A grant that ended looks like a book that is gone, and is no lie. */
function notShown(operatorId: string): string {
  return `book ${operatorId}: it is shown no more; it is gone, or your grant has ended`
}

/** `more`: all of the page was followed, and it was not empty. */
function judgePage(
  memory: Memory,
  operatorId: string,
  batches: readonly ShownBatch[],
  nowMs: number,
): { findings: Finding[]; more: boolean } {
  const findings: Finding[] = []
  const leafOf = memory.batchLeaf
  const logged = batches.map(({ header }) => leafOf(hashOf(header)) !== undefined)
  for (const [i, shown] of batches.entries()) {
    const known = memory.book(operatorId) ?? EMPTY_BOOK
    const isLaterLogged = logged.slice(i + 1).includes(true)
    const judged = judgeBatch({ operatorId, known, leafOf, isLaterLogged, nowMs }, shown)
    if (judged === 'waits') return { findings, more: false }
    findings.push(...judged.findings)
    if (judged.book === undefined) return { findings, more: false }
    memory.keep(judged.findings, nowMs)
    if (memory.recomputed.isBegun(operatorId)) {
      memory.recomputed.enqueue(
        operatorId,
        shown.journals.flatMap(each => fromBase64(each) ?? []),
      )
    }
    memory.setBook(operatorId, judged.book)
  }
  return { findings, more: batches.length > 0 }
}
