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
import {
  type Gap,
  gapEvent,
  isWorthStoring,
  NOTHING_SHED,
  type Shedding,
  type ShedLimits,
  triage,
} from './shed.ts'

/** `erase`: index of the event whose sealed part goes in the same transaction. */
export type StampedRequest = AppendRequest & { stamp: Stamp; erase?: number }
export type Refusal = AppendRefusal | RedactRefusal
export type Outcome =
  /** The index of each event asked for, null for one that was shed; the size after them. */
  | { ok: true; indexes: (number | null)[]; size: number }
  | { ok: false; refused: Refusal }
  | { ok: false; fault: TillproofError }
export type GroupOutcome = { size: number; outcomes: Outcome[]; events: CommittedEvent[] }

/** Commits the requests of one group in one transaction; refused ones leave no trace. */
export function appendGroup(file: JournalFile, requests: StampedRequest[]): GroupOutcome {
  const handle = handleOf(file)
  const { rows } = handle
  const plan = decide(file, requests)
  if (isIdle(file, plan)) return outcomeOf(file, plan)
  const leaves = plan.entries.map(({ entry }) => entry)
  const committed = transact(file, leaves, () => {
    for (const entry of plan.entries) rows.insertEntry(entry)
    for (const [index, toldBy] of plan.erased) rows.erase(index, toldBy)
    for (const [orderId, index] of plan.spent) rows.spend(orderId, index)
    for (const [key, value] of plan.state) rows.writeState(key, value)
    // Emptying an empty table would still write a page, with every event.
    if (file.shedding?.gap ?? plan.shedding.gap) rows.writeGap(lowerBound(plan.shedding.gap))
  })
  if (committed === 'disk-full') return refuseAll(file, requests)
  if (plan.erased.size > 0) emptyLog(handleOf(file))
  return outcomeOf(file, plan)
}

/** While running only this much is stored: more may be shed before it is stored again. */
function lowerBound(gap: Gap | undefined): Gap | undefined {
  return gap && { ...gap, isAtLeast: true }
}

/** Whether there is nothing to write: all was refused, or shed and not worth a write. */
function isIdle({ shedding }: JournalFile, plan: Plan): boolean {
  const { entries, spent, erased, state } = plan
  const isEmpty = entries.length + spent.size + erased.size + state.size === 0
  return isEmpty && !isWorthStoring(shedding?.gap, plan.shedding.gap)
}

function outcomeOf(file: JournalFile, plan: Plan): GroupOutcome {
  file.shedding = plan.shedding
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
  shedding: Shedding
}
type Limits = ShedLimits & { isDiskLow: boolean }

/** Which requests go in, and with which indexes. A spent voucher refuses its whole request. */
function decide(file: JournalFile, requests: StampedRequest[]): Plan {
  const handle = handleOf(file)
  const limits = limitsOf(file)
  const plan: Plan = {
    outcomes: [],
    entries: [],
    spent: new Map(),
    erased: new Map(),
    state: new Map(),
    shedding: file.shedding ?? NOTHING_SHED,
  }
  for (const request of requests) {
    const refused = refusalOf(handle, plan, request, limits)
    plan.outcomes.push(
      refused ? { ok: false, refused } : include(plan, request, handle.tip.size, limits),
    )
  }
  return plan
}

/** Adds one request to the plan; one that cannot be encoded fails alone, not its whole group. */
function include(plan: Plan, request: StampedRequest, committed: number, limits: Limits): Outcome {
  const { events, stamp } = request
  const { kept, after } = triage(plan.shedding, events, stamp, limits)
  const drafts = events.filter((_draft, position) => kept[position])
  const told = drafts.length > 0 ? after.gap : undefined
  const firstIndex = committed + plan.entries.length + (told ? 1 : 0)
  try {
    const gap = told ? makeEntries([gapEvent(told)], firstIndex - 1, stamp) : []
    plan.entries.push(...gap, ...makeEntries(drafts, firstIndex, stamp))
  } catch (error) {
    if (error instanceof TillproofError) return { ok: false, fault: error }
    throw error
  }
  plan.shedding = told ? { ...after, gap: undefined } : after
  if (request.erase !== undefined) plan.erased.set(request.erase, firstIndex)
  if (request.spendVoucher) plan.spent.set(request.spendVoucher, firstIndex)
  for (const [key, value] of Object.entries(request.state ?? {})) plan.state.set(key, value)
  let next = firstIndex
  const indexes = kept.map(isKept => (isKept ? next++ : null))
  return { ok: true, indexes, size: next }
}

function refusalOf(
  handle: Handle,
  plan: Plan,
  request: StampedRequest,
  { isDiskLow }: Limits,
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
  // Nobody says these again: the gap has to tell of them.
  const limits = { perHour: file.telemetryPerHour, isDiskFilling: true }
  for (const { events, stamp } of requests) {
    file.shedding = triage(file.shedding ?? NOTHING_SHED, events, stamp, limits).after
  }
  return { size: handleOf(file).tip.size, outcomes, events: [] }
}

/** Telemetry goes before new sales are refused. */
function limitsOf({ path, reserveBytes, telemetryPerHour }: JournalFile): Limits {
  const { bavail, bsize } = statfsSync(dirname(path))
  const freeBytes = bavail * bsize
  return {
    perHour: telemetryPerHour,
    isDiskFilling: freeBytes < 2 * reserveBytes,
    isDiskLow: freeBytes < reserveBytes,
  }
}
