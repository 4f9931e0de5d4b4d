/**
 * Freezing a party's share by order, and lifting it. Whoever records an order, and whoever lifts
 * it, leaves a leaf in the cloud's log; the money is diverted by the book's writer, and released by
 * a journal.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { partyShare, settledAccount } from '@tillproof/shared/agreement/account-path.ts'
import type { NewFreezeOrder } from '@tillproof/shared/api/freezes.ts'
import {
  businessIdOfUnfreeze,
  type FreezeOrder,
  freezeOrderHash,
  freezeReleaseHash,
  UNFREEZE,
  unfreezeHash,
  unfreezeLegs,
} from '@tillproof/shared/ledger/freeze.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Session } from '../../platform/http/route.ts'
import type { PostingSource } from '../ledger/draft-batch.ts'
import type { BookWriters } from '../ledger/writers.ts'
import * as store from './store.ts'

/**
 * `not-yours`: an operator carries out what a court orders about others in its own book; all else
 * is the platform's. `backwards`: it would begin in the past, or end before it begins.
 */
export type FreezeRefusal = 'not-yours' | 'not-a-party' | 'backwards' | 'unknown' | 'lifted'

/** Records an order; it is in force from the book's next journal on, or from its own time. */
export async function recordOrder(
  tx: Tx,
  wanted: NewFreezeOrder,
  { organisation, userId }: Session,
  nowMs: number,
): Promise<{ ok: store.OrderRow } | { refused: FreezeRefusal }> {
  const { bookId, partyId, cause } = wanted
  const isOwn = organisation.id === bookId && partyId !== bookId && cause === 'court'
  if (organisation.kind !== 'platform' && !isOwn) return { refused: 'not-yours' }
  const order = orderOf(wanted, nowMs)
  const endsMs = order.untilMs ?? Number.POSITIVE_INFINITY
  if (order.fromMs < nowMs || endsMs <= order.fromMs) return { refused: 'backwards' }
  if (!(await store.isParty(tx, bookId, partyId))) return { refused: 'not-a-party' }
  await store.insertOrder(tx, order, { userId, organisationId: organisation.id })
  const body = freezeOrderHash(order)
  await stageLeaf(tx, { type: 'freeze-order', body, ref: order.orderId })
  const row = await store.findOrder(tx, order.orderId)
  return row === undefined ? { refused: 'unknown' } : { ok: row }
}

function orderOf(wanted: NewFreezeOrder, nowMs: number): FreezeOrder {
  const { bookId, partyId, cause, document, limit, from, until } = wanted
  return {
    orderId: randomUUID(),
    ...{ bookId, partyId, cause, document },
    limit: limit ? { ...limit, amountMinor: BigInt(limit.amountMinor) } : null,
    fromMs: from === undefined ? nowMs : Date.parse(from),
    untilMs: until === undefined ? null : Date.parse(until),
    salt: randomBytes(16),
  }
}

/** Lifts an order; whoever recorded it does, or the platform. */
export async function liftOrder(
  tx: Tx,
  id: string,
  document: string,
  { organisation, userId }: Session,
): Promise<{ ok: store.OrderRow } | { refused: FreezeRefusal }> {
  const order = await store.findOrder(tx, id)
  const isSeen = organisation.kind === 'platform' || order?.bookId === organisation.id
  if (order === undefined || !isSeen) return { refused: 'unknown' }
  if (organisation.kind !== 'platform' && order.orderedFor !== organisation.id) {
    return { refused: 'not-yours' }
  }
  if (!(await store.setReleased(tx, id, { userId, document }))) return { refused: 'lifted' }
  const body = freezeReleaseHash({ orderId: id, salt: order.salt }, document)
  await stageLeaf(tx, { type: 'freeze-order', body, ref: id })
  return { ok: (await store.findOrder(tx, id)) ?? order }
}

/** Releases what an order that is over kept and no other asks for; a busy book is tried again. */
export async function settleOrder(
  { db, writers }: { db: Db; writers: BookWriters },
  id: string,
): Promise<void> {
  const order = await db.withSystem(tx => store.findOrder(tx, id))
  if (order === undefined || order.settledAt !== null) return
  const currencies = await db.withSystem(tx => store.blockedCurrencies(tx, order))
  const sources = currencies.map(currency => unfreeze(order, currency))
  const posted = await writers.post(order.bookId, sources)
  if (!('ok' in posted)) return
  const isDone = posted.results.every(({ outcome }) => DONE.has(outcome))
  if (isDone) await db.withSystem(tx => store.setSettled(tx, id), { idempotent: true })
}

const DONE: ReadonlySet<string> = new Set(['posted', 'exists', 'nothing-due'])

function unfreeze({ id, partyId, until, releasedAt }: store.OrderRow, currency: string) {
  const ends = [until, releasedAt].flatMap(at => at?.getTime() ?? [])
  const source: PostingSource = {
    businessId: businessIdOfUnfreeze(id, currency),
    payloadHash: unfreezeHash(id, currency),
    currency,
    draft(state) {
      const amountMinor = state.releasable(id, partyId)
      if (amountMinor === undefined) return { refused: 'too-early' }
      if (amountMinor === 0n) return { refused: 'nothing-due' }
      return {
        kind: UNFREEZE,
        deviceId: null,
        sourceAtMs: Math.min(...ends),
        agreement: null,
        legs: unfreezeLegs(partyId, currency, amountMinor),
        partyOf: new Map([[settledAccount(partyShare(partyId)) ?? '', partyId]]),
      }
    },
  }
  return source
}
