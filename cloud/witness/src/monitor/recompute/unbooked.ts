/**
 * Sales that nobody booked. A batch shows what is in a book and nothing of what is not, so the
 * monitor reads the machines' own logs, as far as their heads are logged: of each sale that one
 * tells to have succeeded and to be paid, a journal has to come within a stated time.
 */
import { parseBundle } from '@tillproof/shared/bundle/bundle.ts'
import type { ReportedEvent } from '@tillproof/shared/bundle/report.ts'
import type { SaleStory } from '@tillproof/shared/bundle/sale-story.ts'
import { verifyBundle } from '@tillproof/shared/bundle/verify.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { deviceOrigin, saleIdOf } from '@tillproof/shared/ids.ts'
import { businessIdOfSale } from '@tillproof/shared/ledger/sale-facts.ts'
import { formatMoney } from '@tillproof/shared/money/money.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import type { Finding } from '../finding.ts'
import type { Round } from '../follow.ts'
import { readSaleEvidence } from './evidence-of-sale.ts'
import type { ProvenAgreements } from './proven-agreements.ts'
import type { RecomputedBooks } from './recomputed-books.ts'
import type { ToldSales } from './told-sales.ts'

export type UnbookedDeps = {
  cloudName: string
  policy: Policy
  ask(path: string): Promise<string>
  compare(note: string): Promise<Round>
  proven: ProvenAgreements
  books: RecomputedBooks
  told: ToldSales
  /** How much of a device's log is under its newest logged head; 0 when there is none. */
  loggedSize(origin: string): number
  /** How long a journal may take, counted from when this monitor first saw the sale. */
  unbookedAfterMs: number
}

export const UNBOOKED_AFTER_MS = 86_400_000
const EVENTS_AT_ONCE = 500

/** One look at the machines that the book's agreements name, after the book was recomputed. */
export async function findUnbooked(
  deps: UnbookedDeps,
  book: string,
  nowMs: number,
): Promise<Round> {
  const findings: Finding[] = []
  for (const log of logsOf(deps, book)) {
    const read = await readOn(deps, book, log, nowMs)
    if ('unreachable' in read) return { did: 'unreachable', reason: read.unreachable }
    findings.push(...read.findings)
  }
  const overdue = await findOverdue(deps, book, nowMs)
  if ('unreachable' in overdue) return { did: 'unreachable', reason: overdue.unreachable }
  return { did: 'book', findings: [...findings, ...overdue.findings] }
}

type Log = { device: string; epoch: number; origin: string; size: number }
type Look = { findings: Finding[] } | { unreachable: string }

/** Epochs count from 1, and each is logged from its first event on. */
function logsOf({ cloudName, proven, loggedSize }: UnbookedDeps, book: string): Log[] {
  const devices = new Set(proven.of(book).flatMap(({ terms }) => terms.deviceIds))
  const logs: Log[] = []
  for (const device of devices) {
    for (let epoch = 1; ; epoch += 1) {
      const origin = deviceOrigin(cloudName, device, epoch)
      const size = loggedSize(origin)
      if (size === 0) break
      logs.push({ device, epoch, origin, size })
    }
  }
  return logs
}

async function readOn(deps: UnbookedDeps, book: string, log: Log, nowMs: number): Promise<Look> {
  const findings: Finding[] = []
  for (let from = deps.told.next(book, log.origin); from < log.size; ) {
    const to = Math.min(from + EVENTS_AT_ONCE, log.size) - 1
    const shown = await readEvents(deps, log, from, to)
    if ('unreachable' in shown) return shown
    if ('later' in shown) break
    if ('withheld' in shown) return { findings: [...findings, withheld(log, shown.withheld)] }
    const round = await deps.compare(shown.checkpoint)
    if (round.did === 'unreachable') return { unreachable: round.reason }
    findings.push(...('findings' in round ? round.findings : []))
    const saleIds = soldIn(shown.events, log)
    deps.told.add(book, { origin: log.origin, next: to + 1, saleIds }, nowMs)
    from = to + 1
  }
  return { findings }
}

type Shown =
  | { events: ReportedEvent[]; checkpoint: string }
  | { later: true }
  | { withheld: string }
  | { unreachable: string }

/** All of these events, each under a logged head; or why not. */
async function readEvents(deps: UnbookedDeps, log: Log, from: number, to: number): Promise<Shown> {
  const path = `/api/v1/bundles/devices/${log.device}?epoch=${log.epoch}&from=${from}&to=${to}`
  try {
    const text = await deps.ask(path)
    const parsed = parseBundle(text)
    if (!parsed.ok) return { withheld: `its bundle is none: ${parsed.reason}` }
    const machineOnly = { ...(JSON.parse(text) as object), sale: null, anchor: null }
    const { verdict, checks, events } = verifyBundle(machineOnly, deps.policy)
    if (verdict === 'invalid' || verdict === 'contradicted') {
      const said = checks.find(({ ok }) => ok === false)?.detail ?? 'it shows no event'
      return { withheld: `its bundle is ${verdict}: ${said}` }
    }
    const own = events.filter(({ origin }) => origin === log.origin)
    const shown = new Set(own.map(({ index }) => index))
    for (let index = from; index <= to; index += 1) {
      if (!shown.has(index)) return { withheld: `event ${index} is not in the bundle of it` }
    }
    return { events: own, checkpoint: parsed.bundle.checkpoint.note }
  } catch (error) {
    if (!(error instanceof TillproofError)) return { unreachable: String(error) }
    if (error.code === 'bundle.not-logged') return { later: true }
    if (!error.code.startsWith('bundle.unknown')) return { unreachable: error.message }
    return { withheld: `the cloud shows none of its events ${from} to ${to}` }
  }
}

const withheld = ({ origin, size }: Log, detail: string): Finding => ({
  kind: 'withheld',
  origin,
  leafIndex: null,
  detail: `${detail}, though a head over ${size} events is logged`,
  proof: { followed: null },
})

function soldIn(events: readonly ReportedEvent[], { device, epoch }: Log): string[] {
  return events.flatMap(({ open }) =>
    open?.kind === 'sale.result' && open.result === 'success' && open.sale !== undefined
      ? [saleIdOf(device, epoch, open.sale)]
      : [],
  )
}

async function findOverdue(deps: UnbookedDeps, book: string, nowMs: number): Promise<Look> {
  const { books, told, policy } = deps
  const findings: Finding[] = []
  const waiting = new Set(
    books.waiting(book, Number.MAX_SAFE_INTEGER).map(({ businessId }) => businessId),
  )
  for (const { saleId, sinceMs } of told.open(book)) {
    const businessId = businessIdOfSale(saleId)
    if (books.isBooked(book, businessId)) told.forget(book, saleId)
    else if (!waiting.has(businessId) && nowMs - sinceMs >= deps.unbookedAfterMs) {
      const evidence = await readSaleEvidence(deps.ask, policy, saleId)
      if ('unreachable' in evidence) return evidence
      if (!('story' in evidence)) continue
      if (isPaid(evidence.story)) {
        const bundle = await deps.ask(`/api/v1/bundles/sales/${saleId}`)
        findings.push(unbooked(book, evidence.story, { sinceMs, nowMs, bundle }))
      }
      told.forget(book, saleId)
    }
  }
  return { findings }
}

/** What nobody paid for, or paid at somebody else's reader, is in no book. */
const isPaid = ({ gross, orderId, tender }: SaleStory): boolean =>
  gross.amountMinor > 0n && (tender === undefined ? orderId !== undefined : tender === 'cash')

const HOUR_MS = 3_600_000

function unbooked(
  book: string,
  { saleId, gross, orderId }: SaleStory,
  { sinceMs, nowMs, bundle }: { sinceMs: number; nowMs: number; bundle: string },
): Finding {
  const hours = Math.floor((nowMs - sinceMs) / HOUR_MS)
  const how = orderId === undefined ? 'in cash' : `by order ${orderId}`
  return {
    kind: 'unbooked-sale',
    origin: `book ${book}, sale ${saleId}`,
    leafIndex: null,
    detail: `${formatMoney(gross)}, paid ${how}, is in no batch ${hours} hours after it was seen`,
    proof: { bundle, seenAt: new Date(sinceMs).toISOString() },
  }
}
