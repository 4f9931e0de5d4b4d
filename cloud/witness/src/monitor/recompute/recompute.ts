/**
 * Recomputes a book: each journal that its batches brought, in their order, from what the machine
 * recorded and the agreement that was in force, starting from what was recomputed before. A journal
 * is settled once; what cannot be proven yet holds up those behind it.
 */

import { parseSaleId } from '@tillproof/shared/ids.ts'
import type { PlacedFreeze } from '@tillproof/shared/ledger/freeze.ts'
import type { Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import { bookedRefund, bookedSale, businessIdOfSale } from '@tillproof/shared/ledger/sale-facts.ts'
import type { Policy } from '@tillproof/shared/note/policy.ts'
import type { Finding, FindingKind } from '../finding.ts'
import type { Round } from '../follow.ts'
import {
  type AgreementsDeps,
  checkRegistered,
  learnAgreement,
  learnAgreements,
  learnTransfers,
} from './agreements-of-book.ts'
import { readSaleEvidence } from './evidence-of-sale.ts'
import { learnFreezes } from './freezes-of-book.ts'
import type { RecomputedBooks } from './recomputed-books.ts'
import { findUnbooked, type UnbookedDeps } from './unbooked.ts'
import { type EvidentJournal, verdictOn, versionName } from './verdict.ts'

export type RecomputeDeps = AgreementsDeps &
  UnbookedDeps & {
    books: RecomputedBooks
    policy: Policy
    /** Holds a checkpoint that a bundle rests on against the one that was followed. */
    compare(note: string): Promise<Round>
    keep(findings: readonly Finding[]): void
    /** How many of the waiting journals are recomputed. */
    onProgress?(done: number, of: number): void
  }
type RoundDeps = RecomputeDeps & { freezes: readonly PlacedFreeze[] }

/** Journals judged in one turn, and sales read at once. */
const AT_ONCE = 64
const READS_AT_ONCE = 8
/** A head is logged with the batch that brought it; longer than this nothing waits. */
const LOGGED_WITHIN_MS = 600_000

/** One look at one book, after its batches were followed. */
export async function recomputeBook(
  deps: RecomputeDeps,
  book: string,
  nowMs: number,
): Promise<{ round: Round; registered: number | null }> {
  const learned = await learnAgreements(deps, book)
  const moved = await learnTransfers(deps, book)
  const onChain = await checkRegistered(deps, book)
  const ordered = await learnFreezes(deps, book, nowMs)
  const all = [learned, moved, onChain, ordered]
  const findings = all.flatMap(each => each.findings)
  deps.keep(findings)
  const unreachable = all.map(each => each.unreachable).find(reason => reason !== undefined)
  const round: Round =
    unreachable === undefined
      ? await recomputeWaiting({ ...deps, freezes: ordered.freezes }, book, findings, nowMs)
      : { did: 'unreachable', reason: unreachable }
  const whole = round.did === 'book' ? await withUnbooked(deps, book, round, nowMs) : round
  return { round: whole, registered: deps.registered === undefined ? null : onChain.registered }
}

/** What is missing in the book can be told once all that is there was read. */
async function withUnbooked(
  deps: RecomputeDeps,
  book: string,
  round: Extract<Round, { did: 'book' }>,
  nowMs: number,
): Promise<Round> {
  const unbooked = await findUnbooked(deps, book, nowMs)
  if (!('findings' in unbooked)) return unbooked
  deps.keep(unbooked.findings)
  return { ...round, findings: [...round.findings, ...unbooked.findings] }
}

async function recomputeWaiting(
  deps: RoundDeps,
  book: string,
  findings: Finding[],
  nowMs: number,
): Promise<Round> {
  const compared = new Set<string>()
  const waiting = deps.books.waitingCount(book)
  for (;;) {
    const turn = await recomputeSome(deps, book, compared, nowMs)
    if ('did' in turn) return turn
    findings.push(...turn.findings)
    if (waiting > 0) deps.onProgress?.(waiting - deps.books.waitingCount(book), waiting)
    if (!turn.more) return { did: 'book', findings }
  }
}

type Turn = { findings: Finding[]; more: boolean }

async function recomputeSome(
  deps: RoundDeps,
  book: string,
  compared: Set<string>,
  nowMs: number,
): Promise<Turn | Round> {
  const journals = deps.books.waiting(book, AT_ONCE)
  const unproven = await learnNamed(deps, book, journals)
  if ('did' in unproven) return unproven
  const evident: EvidentJournal[] = []
  for (let i = 0; i < journals.length; i += READS_AT_ONCE) {
    const some = journals.slice(i, i + READS_AT_ONCE)
    evident.push(...(await Promise.all(some.map(journal => withEvidence(deps, journal)))))
  }
  const ready = readyOnes(evident, nowMs)
  const histories = await compareNew(deps, ready, compared)
  if ('did' in histories) return histories
  const findings = [...unproven.findings, ...histories]
  deps.keep(findings)
  findings.push(...settleAll(deps, book, ready, unproven.unseen))
  const stopped = evident[ready.length]?.evidence
  if (stopped !== undefined && 'unreachable' in stopped) {
    return { did: 'unreachable', reason: stopped.unreachable }
  }
  return { findings, more: ready.length === AT_ONCE }
}

function settleAll(
  { books, proven, keep, freezes }: RoundDeps,
  book: string,
  ready: readonly EvidentJournal[],
  unseen: Named['unseen'],
): Finding[] {
  const agreements = proven.of(book)
  const transfers = proven.transfers(book)
  const stateOf = (currency: string) => ({ ...books.state(book, currency), transfers })
  const findings: Finding[] = []
  books.settleAll(() => {
    for (const each of ready) {
      const { businessId } = each.journal
      const sale = bookedSale(businessId)
      const isBooked = books.isBooked(book, businessId)
      const waits = sale?.isFromSuspense && {
        suspense: books.waitsIn(book, businessIdOfSale(sale.saleId)) ?? '',
      }
      const about = bookedRefund(businessId)?.saleId ?? (sale?.isFromSuspense && sale.saleId)
      const sold = about ? books.sold(book, about) : undefined
      const known = { ...waits, ...(sold && { sold }) }
      const basis = { agreements, unseen, isBooked, stateOf, freezes, ...known }
      const { finding, ...verdict } = verdictOn(each, basis)
      books.settle(book, { journal: each.journal, ...verdict })
      if (finding !== undefined) findings.push(finding)
    }
    keep(findings)
  })
  return findings
}

type Named = { findings: Finding[]; unseen: Map<string, FindingKind | 'unseen'> }

/** Proves what the journals name and is not known; `unseen` says why each other is not. */
async function learnNamed(
  deps: RecomputeDeps,
  book: string,
  journals: readonly Journal[],
): Promise<Named | Round> {
  const agreements = deps.proven.of(book)
  const known = new Set(
    agreements.map(({ terms }) => versionName(terms.agreementId, terms.version)),
  )
  const named: Named = { findings: [], unseen: new Map() }
  for (const { agreement } of journals) {
    const name = agreement === null ? '' : versionName(agreement.id, agreement.version)
    if (agreement === null || known.has(name) || named.unseen.has(name)) continue
    const { findings, seen, unreachable } = await learnAgreement(deps, agreement)
    if (unreachable !== undefined) return { did: 'unreachable', reason: unreachable }
    named.findings.push(...findings)
    const [fault] = findings
    if (fault !== undefined || !seen) named.unseen.set(name, fault?.kind ?? 'unseen')
  }
  return named
}

async function withEvidence(deps: RecomputeDeps, journal: Journal): Promise<EvidentJournal> {
  const sale = bookedSale(journal.businessId)
  if (sale === undefined && !SALES.has(journal.kind)) return { journal, evidence: undefined }
  if (parseSaleId(sale?.saleId ?? '') === undefined) return { journal, evidence: NO_SALE }
  return { journal, evidence: await readSaleEvidence(deps.ask, deps.policy, sale?.saleId ?? '') }
}

/** Kinds of journals that book a sale, whatever their business id says. */
const SALES = new Set(['sale', 'sale-from-suspense'])
const NO_SALE = { unfounded: 'its business id names no sale', bundle: null }

/** Those before the first that cannot be told now; a split starts from all before it. */
function readyOnes(evident: readonly EvidentJournal[], nowMs: number): readonly EvidentJournal[] {
  const first = evident.findIndex(({ journal, evidence }) => {
    if (evidence === undefined) return false
    const isRecent = Math.abs(nowMs - journal.bookedAtMs) < LOGGED_WITHIN_MS
    return 'unreachable' in evidence || ('later' in evidence && isRecent)
  })
  return first === -1 ? evident : evident.slice(0, first)
}

/** Each checkpoint that a proof rests on has to be of the history that was followed. */
async function compareNew(
  deps: RecomputeDeps,
  ready: readonly EvidentJournal[],
  compared: Set<string>,
): Promise<Finding[] | Round> {
  const findings: Finding[] = []
  for (const { evidence } of ready) {
    if (evidence === undefined || !('story' in evidence)) continue
    if (compared.has(evidence.checkpoint)) continue
    compared.add(evidence.checkpoint)
    const round = await deps.compare(evidence.checkpoint)
    if (!('findings' in round)) return round
    findings.push(...round.findings)
  }
  return findings
}
