/**
 * What goes into the log and what does not: a group of requests becomes one plan, and the plan one
 * transaction. A refused request leaves no trace.
 */
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { type Entry, makeEntries, type Stamp } from './entry.ts'
import type { AppendRefusal, AppendRequest, CommittedEvent, RedactRefusal } from './event-store.ts'
import { type Handle, handleOf, type JournalFile, transact } from './file.ts'

/** `erase`: index of the event whose sealed part goes in the same transaction. */
export type StampedRequest = AppendRequest & { stamp: Stamp; erase?: number }
export type Refusal = AppendRefusal | RedactRefusal
export type Outcome =
  | { ok: true; firstIndex: number }
  | { ok: false; refused: Refusal }
  | { ok: false; fault: TillproofError }
export type GroupOutcome = { size: number; outcomes: Outcome[]; events: CommittedEvent[] }

/** Commits the requests of one group in one transaction; refused ones leave no trace. */
export function appendGroup(file: JournalFile, requests: StampedRequest[]): GroupOutcome {
  const handle = handleOf(file)
  const { rows } = handle
  const plan = decide(handle, requests, isLow(file))
  const leaves = plan.entries.map(({ entry }) => entry)
  const committed = transact(file, leaves, () => {
    for (const entry of plan.entries) rows.insertEntry(entry)
    for (const [index, toldBy] of plan.erased) rows.erase(index, toldBy)
    for (const [orderId, index] of plan.spent) rows.spend(orderId, index)
    for (const [key, value] of plan.state) rows.writeState(key, value)
  })
  if (committed === 'disk-full') return refuseAll(file, requests)
  if (plan.erased.size > 0) emptyLog(handleOf(file))
  return {
    size: handleOf(file).tip.size,
    outcomes: plan.outcomes,
    events: plan.entries.map(entry => entry.committed),
  }
}

/** The write-ahead log still holds pages with what was erased. */
function emptyLog({ db }: Handle): void {
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

type Plan = {
  outcomes: Outcome[]
  entries: Entry[]
  spent: Map<string, number>
  erased: Map<number, number>
  state: Map<string, string | null>
}

/** Which requests go in, and with which indexes. A spent voucher refuses its whole request. */
function decide(handle: Handle, requests: StampedRequest[], isDiskLow: boolean): Plan {
  const plan: Plan = {
    outcomes: [],
    entries: [],
    spent: new Map(),
    erased: new Map(),
    state: new Map(),
  }
  for (const request of requests) {
    const refused = refusalOf(handle, plan, request, isDiskLow)
    plan.outcomes.push(
      refused
        ? { ok: false, refused }
        : include(plan, request, handle.tip.size + plan.entries.length),
    )
  }
  return plan
}

/** Adds one request to the plan; one that cannot be encoded fails alone, not its whole group. */
function include(plan: Plan, request: StampedRequest, firstIndex: number): Outcome {
  try {
    plan.entries.push(...makeEntries(request.events, firstIndex, request.stamp))
  } catch (error) {
    if (error instanceof TillproofError) return { ok: false, fault: error }
    throw error
  }
  if (request.erase !== undefined) plan.erased.set(request.erase, firstIndex)
  if (request.spendVoucher) plan.spent.set(request.spendVoucher, firstIndex)
  for (const [key, value] of Object.entries(request.state ?? {})) plan.state.set(key, value)
  return { ok: true, firstIndex }
}

function refusalOf(
  handle: Handle,
  plan: Plan,
  request: StampedRequest,
  isDiskLow: boolean,
): Refusal | undefined {
  if (request.erase !== undefined) return eraseRefusal(handle, plan, request.erase)
  const { rows, death } = handle
  const { spendVoucher } = request
  if (spendVoucher && (plan.spent.has(spendVoucher) || rows.isSpent(spendVoucher))) {
    return 'voucher-spent'
  }
  // The reserve belongs to facts of sales already begun: they must never be lost.
  const beginsSale = spendVoucher !== undefined || request.events.some(e => e.sale === 'opens')
  if (!beginsSale) return undefined
  return death ? 'log-dead' : isDiskLow ? 'disk-full' : undefined
}

function eraseRefusal({ rows, tip }: Handle, plan: Plan, index: number): Refusal | undefined {
  if (!Number.isSafeInteger(index) || index < 0 || index >= tip.size) return 'no-such-event'
  return plan.erased.has(index) || !rows.hasSealed(index) ? 'nothing-sealed' : undefined
}

function refuseAll(file: JournalFile, requests: StampedRequest[]): GroupOutcome {
  const outcomes = requests.map((): Outcome => ({ ok: false, refused: 'disk-full' }))
  return { size: handleOf(file).tip.size, outcomes, events: [] }
}

function isLow(file: JournalFile): boolean {
  const { bavail, bsize } = statfsSync(dirname(file.path))
  return bavail * bsize < file.reserveBytes
}
