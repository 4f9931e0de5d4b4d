/** Visits behind the scenes: held against sales and doors as soon as the machine's log is there. */
import { checkStock } from '@tillproof/shared/attest/stock.ts'
import { openWatched } from '../../machines/incidents/store.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { type CheckedVisit, DOOR_WITHIN_MS, findingsOf, SALES_WITHIN_MS } from './findings.ts'
import * as store from './store.ts'

/** id: a machine. */
export function stockJob({ db }: { db: Db }): Job {
  return {
    name: 'stock',
    run: deviceId => db.withSystem(tx => lookAtVisits(tx, deviceId), { idempotent: true }),
    due: () => db.withSystem(store.machinesToLookAt),
    sweepEveryMs: 30_000,
  }
}

async function lookAtVisits(tx: Tx, deviceId: string): Promise<void> {
  const until = await store.toldUntil(tx, deviceId)
  const visits = (await store.readVisits(tx, deviceId)).filter(
    ({ at }) => until !== null && at <= until,
  )
  const [first] = visits
  if (first === undefined) return
  const slots = checkStock(visits)
  const within = { doorMs: DOOR_WITHIN_MS, salesMs: SALES_WITHIN_MS }
  const checked: CheckedVisit[] = []
  for (const [at, visit] of visits.entries()) {
    const around = await store.surroundingsOf(tx, visit, within)
    checked.push({ visit, slots: slots[at] ?? [], around })
  }
  const { operatorId } = first
  for (const { id, kind } of await openWatched(
    tx,
    { operatorId, deviceId, epoch: 0 },
    findingsOf(checked),
  )) {
    const payload = JSON.stringify({ id, kind })
    await tx.query("select notify_live($1, $2, 'incident', $3)", [operatorId, deviceId, payload])
  }
  await store.setLooked(
    tx,
    visits.map(({ id }) => id),
  )
}
