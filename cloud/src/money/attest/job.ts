/**
 * Behind the scenes: matching per book when something arrives, a sweep for what stays alone, and
 * the cross-checks of each log that has grown.
 */
import { windowsOf } from '@tillproof/shared/attest/windows.ts'
import { WATCHED_PROFILES, type Witness } from '@tillproof/shared/attest/witness.ts'
import type { WatchedIncident } from '../../machines/incidents/incident.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Job, Wake } from '../../platform/jobs/job.ts'
import { driftsOf, holdOf, placesOf, silentFallsOf } from './cross-check.ts'
import {
  type CheckedLog,
  claimedSales,
  fallsToldUntil,
  insertWindows,
  lockCheck,
  logsToCheck,
  MOST_AT_ONCE,
  newFixes,
  openFindings,
  readingsToCut,
  setChecked,
  soldSinceDoor,
  witnessedDays,
} from './cross-check-store.ts'
import { booksToMatch, matchBook, openUnmatched } from './match.ts'

export type MatchDeps = { db: Db; wake: Wake }

/** id: a book. Ingest and payments wake it. */
export function matchJob({ db, wake }: MatchDeps): Job {
  return {
    name: 'match',
    async run(operatorId) {
      const matched = await db.withSystem(tx => matchBook(tx, operatorId), { idempotent: true })
      if (matched > 0n) wake('clear', operatorId)
    },
    due: () => db.withSystem(booksToMatch),
    sweepEveryMs: 3_000,
    concurrency: 2,
  }
}

/** One fixed id: the whole cloud's loners, now and then. */
export function openItemsJob({ db }: MatchDeps): Job {
  return {
    name: 'open-items',
    run: () => db.withSystem(openUnmatched),
    due: async () => ['all'],
    sweepEveryMs: 30_000,
  }
}

/** id: `<device>.<epoch>`, a log that has grown since it was checked. */
export function crossCheckJob({ db }: Pick<MatchDeps, 'db'>): Job {
  return {
    name: 'cross-check',
    async run(id) {
      const [deviceId = '', epoch] = id.split('.')
      await db.withSystem(tx => checkLog(tx, deviceId, Number(epoch)), { idempotent: true })
    },
    due: () => db.withSystem(logsToCheck),
    sweepEveryMs: 30_000,
  }
}

async function checkLog(tx: Tx, deviceId: string, epoch: number): Promise<void> {
  const log = await lockCheck(tx, deviceId, epoch)
  if (log === undefined) return
  const watched = WATCHED_PROFILES.get(log.profile ?? '')
  const findings = placesOf(await newFixes(tx, log))
  const cut = watched === undefined ? NOTHING_CUT : await cutWindows(tx, log, watched.witness)
  const since = watched?.hold && (await soldSinceDoor(tx, log, watched.hold))
  if (watched?.hold && since) findings.push(...holdOf(watched.hold, since))
  await openFindings(tx, log, [...cut.findings, ...findings])
  if (!cut.isMore) await setChecked(tx, log)
}

type Cut = { findings: WatchedIncident[]; isMore: boolean }
const NOTHING_CUT: Cut = { findings: [], isMore: false }

async function cutWindows(tx: Tx, log: CheckedLog, witness: Witness): Promise<Cut> {
  const readings = await readingsToCut(tx, log, witness.meter)
  const [from, to] = [readings.at(0), readings.at(-1)]
  if (from === undefined || to === undefined) return NOTHING_CUT
  const windows = windowsOf(readings, await claimedSales(tx, log, from, to), witness)
  if (windows.length === 0) return NOTHING_CUT
  await insertWindows(tx, log, witness.meter, windows)
  const falls = silentFallsOf(witness, windows, await fallsToldUntil(tx, log))
  const drifts = driftsOf(witness, await witnessedDays(tx, log, witness.meter))
  return { findings: [...falls, ...drifts], isMore: readings.length === MOST_AT_ONCE }
}
