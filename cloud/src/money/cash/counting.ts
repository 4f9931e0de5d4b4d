/**
 * Counts of cash boxes against the sales that were told: what each says is planned and saved before
 * the book's writer hears of it, so that whatever is cut off is gone on with under the same name. A
 * sale that is told late brings one journal more, and may close what was open.
 */
import { settledAccount } from '@tillproof/shared/agreement/account-path.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { openItem, standingItem } from '../attest/open-items.ts'
import type { PostingSource } from '../ledger/draft-batch.ts'
import type { BookWriters } from '../ledger/writers.ts'
import { creditedBy } from '../settlement/store.ts'
import {
  BOX_COUNT,
  type BoxJournal,
  boxCountHash,
  boxCountLegs,
  businessIdOfCount,
  expectedMinor,
  newlyShown,
} from './count.ts'
import * as store from './store.ts'

export type CountingDeps = { db: Db; writers: BookWriters }

/** Looks at one count, and books what follows; what a busy book does not take stays planned. */
export async function lookAtCount(deps: CountingDeps, id: string): Promise<void> {
  if (!(await postPlanned(deps, id))) return
  await deps.db.withSystem(tx => planJournal(tx, id), { idempotent: true })
  await postPlanned(deps, id)
}

async function planJournal(tx: Tx, id: string): Promise<void> {
  const count = await store.lockCount(tx, id)
  if (count === undefined || (await store.plannedJournals(tx, id)).length > 0) return
  const sales = await store.coveredSales(tx, count)
  const tubesMinor = await store.tubesRise(tx, count)
  const soldMinor = sales.reduce((sum, sale) => sum + sale.amountMinor, 0n)
  const expected = expectedMinor({ openingMinor: count.openingMinor, soldMinor, tubesMinor })
  const differenceMinor = count.amountMinor - expected
  const looked = { expectedMinor: expected, differenceMinor, tubesMinor }
  await planOf(tx, count, sales, looked)
  await store.setLooked(tx, id, looked)
  await standingItem(tx, {
    operatorId: count.operatorId,
    deviceId: count.deviceId,
    subject: `${BOX_COUNT}:${id}`,
    reasons: ['cash-short', 'cash-over'],
    reason: differenceMinor === 0n ? null : differenceMinor < 0n ? 'cash-short' : 'cash-over',
    amountMinor: differenceMinor < 0n ? -differenceMinor : differenceMinor,
    currency: count.currency,
    settledBy: 'counted',
  })
}

/** What is not booked yet of what was seen; nothing where nothing is new. */
async function planOf(
  tx: Tx,
  count: store.CountRow,
  sales: readonly store.CoveredSale[],
  { differenceMinor, tubesMinor }: store.Looked,
): Promise<void> {
  const split = sales.filter(sale => sale.isShown || sale.journal !== null)
  const shown = new Set(newlyShown(split, count.amountMinor + tubesMinor - count.openingMinor))
  const seqs = split.flatMap(({ saleId, journal }) => (shown.has(saleId) ? (journal ?? []) : []))
  const journal: BoxJournal = {
    countId: count.id,
    number: Number(count.journals),
    deviceId: count.deviceId,
    operatorId: count.operatorId,
    currency: count.currency,
    differenceMinor: differenceMinor - (count.differenceMinor ?? 0n),
    tubesMinor: tubesMinor - (count.tubesMinor ?? 0n),
    collectedMinor: count.collected && count.differenceMinor === null ? count.amountMinor : 0n,
    sources: seqs.toSorted((one, other) => (one < other ? -1 : 1)),
  }
  const { differenceMinor: off, tubesMinor: kept, collectedMinor: out } = journal
  if (off === 0n && kept === 0n && out === 0n && shown.size === 0) return
  await store.insertJournal(tx, journal, [...shown])
}

/** False when another process holds the book. */
async function postPlanned({ db, writers }: CountingDeps, id: string): Promise<boolean> {
  const planned = await db.withSystem(tx => store.plannedJournals(tx, id))
  for (const journal of planned) {
    const source = await db.withSystem(tx => sourceOf(tx, journal))
    const posted = source && (await writers.post(journal.operatorId, [source]))
    if (posted && !('ok' in posted)) return false
    const outcome = posted ? (posted.results[0]?.outcome ?? 'not told') : 'posted'
    const refused = outcome === 'posted' || outcome === 'exists' ? null : outcome
    await db.withSystem(
      async tx => {
        await store.setPosted(tx, journal, refused)
        if (refused !== null) await openItem(tx, refusedItem(journal))
      },
      { idempotent: true },
    )
  }
  return true
}

const refusedItem = ({ operatorId, deviceId, countId, collectedMinor, currency }: BoxJournal) => ({
  operatorId,
  reason: 'posting-refused' as const,
  deviceId,
  subject: `${BOX_COUNT}:${countId}`,
  amountMinor: collectedMinor,
  currency,
})

/** Its sources never change, so neither does what is made of them; null where nothing is left. */
async function sourceOf(tx: Tx, journal: store.PlannedJournal): Promise<PostingSource | null> {
  const { operatorId, deviceId, currency, countedAt } = journal
  const rows = await creditedBy(tx, operatorId, journal)
  const credited = new Map(rows.map(({ path, minor }) => [path, minor]))
  const legs = boxCountLegs(journal, credited)
  if (legs.length === 0) return null
  const owners = rows.flatMap(({ path, partyId }): [string, string][] => {
    const settled = settledAccount(path)
    return settled === undefined || partyId === null ? [] : [[settled, partyId]]
  })
  const draft = {
    kind: BOX_COUNT,
    deviceId,
    sourceAtMs: countedAt.getTime(),
    agreement: null,
    legs: legs.map(leg => ({ ...leg, currency, phase: 'posted' as const })),
    partyOf: new Map([...owners, [`party:${operatorId}:cash`, operatorId]]),
  }
  return {
    businessId: businessIdOfCount(journal),
    payloadHash: boxCountHash(journal),
    currency,
    draft: () => draft,
  }
}
