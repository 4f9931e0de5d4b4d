/**
 * The orders that keep parties' shares from them, as the cloud shows those of a book: each is in
 * the log since it was recorded. Which journals they speak for the book's writer says.
 */
import { listOf } from '@tillproof/shared/api/fields.ts'
import { type FreezeOrderView, freezeOrder } from '@tillproof/shared/api/freezes.ts'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { freezeOrderHash, type PlacedFreeze } from '@tillproof/shared/ledger/freeze.ts'
import type { Finding } from '../finding.ts'
import type { AgreementsDeps, Learned } from './agreements-of-book.ts'

export type LearnedFreezes = Learned & { freezes: readonly PlacedFreeze[] }

const list = listOf(freezeOrder)
/** What is recorded is logged within seconds; longer than this nothing waits. */
const LOGGED_WITHIN_MS = 600_000

/** Orders with a place in the book; one that is in no log speaks for nothing. */
export async function learnFreezes(
  { ask, proven }: Pick<AgreementsDeps, 'ask' | 'proven'>,
  book: string,
  nowMs: number,
): Promise<LearnedFreezes> {
  const path = `/api/v1/freeze-orders?book=${book}`
  let shown: FreezeOrderView[]
  try {
    shown = list.parse(JSON.parse(await ask(path))).items.filter(each => each.bookId === book)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { findings: [], freezes: [], unreachable: `${path}: ${reason}` }
  }
  const isLogged = (order: FreezeOrderView) => proven.leaf(hashOf(order)) !== undefined
  const isRecent = (order: FreezeOrderView) =>
    nowMs - Date.parse(order.orderedAt) < LOGGED_WITHIN_MS
  const unlogged = shown.filter(order => !isLogged(order) && !isRecent(order))
  const freezes = shown.filter(order => !unlogged.includes(order)).map(placedOf)
  return { findings: unlogged.map(found), freezes }
}

function hashOf(order: FreezeOrderView): Uint8Array {
  const { limit, from, until, salt } = order
  return freezeOrderHash({
    ...order,
    orderId: order.id,
    limit: limit && { ...limit, amountMinor: BigInt(limit.amountMinor) },
    fromMs: Date.parse(from),
    untilMs: until === null ? null : Date.parse(until),
    salt: fromHex(salt) ?? new Uint8Array(),
  })
}

const placedOf = ({ id, partyId, limit, fromSeq, untilSeq }: FreezeOrderView): PlacedFreeze => ({
  orderId: id,
  partyId,
  limit: limit && { ...limit, amountMinor: BigInt(limit.amountMinor) },
  fromSeq: fromSeq === null ? null : BigInt(fromSeq),
  untilSeq: untilSeq === null ? null : BigInt(untilSeq),
})

function found(order: FreezeOrderView): Finding {
  const detail = `an order about ${order.partyId} is shown that hashes to ${toHex(hashOf(order))}`
  const proof = { order: JSON.stringify(order) }
  return {
    kind: 'unlogged-freeze',
    origin: `freeze order ${order.id}`,
    leafIndex: null,
    detail,
    proof,
  }
}
