/**
 * The sale of a bundle: its own events tell one story, and its journal, booked in a batch that the
 * cloud logged, is what the agreement's terms make of that story. The split is recomputed.
 */
import { agreementHash } from '../agreement/canonical.ts'
import type { BookState, Leg } from '../agreement/clear-sale.ts'
import { clearSale } from '../agreement/clear-sale.ts'
import type { AgreementTerms, Share } from '../agreement/terms.ts'
import { WHOLE_BASIS_POINTS } from '../agreement/terms.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import { leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/proof.ts'
import type { Money } from '../money/money.ts'
import { formatMoney } from '../money/money.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import type { ReadBundle } from './bundle.ts'
import type { PostedJournal } from './posting.ts'
import { openPosting } from './posting.ts'
import type { Check, ReportedEvent } from './report.ts'
import type { SaleStory } from './sale-story.ts'
import { saleStory } from './sale-story.ts'

type Clearing = NonNullable<NonNullable<ReadBundle['sale']>['clearing']>
type LeafPlace = { leafIndex: number; proof: readonly Uint8Array[] }

const AGREEMENT_PREFIX = utf8('tillproof/agreement/v1\n')
const RECEIVABLE = /^psp:([^:]+):receivable$/

export function checkSale(
  bundle: ReadBundle,
  events: readonly ReportedEvent[],
  log: Checkpoint,
): Check[] {
  if (!bundle.sale) return []
  const { id, clearing } = bundle.sale
  const story = saleStory(id, events)
  if (typeof story === 'string') return [{ name: 'sale', ok: false, detail: story }]
  const told = `${id} succeeded for ${formatMoney(story.gross)}.`
  return [{ name: 'sale', ok: true, detail: told }, ...checkClearing(story, clearing, log)]
}

function checkClearing(story: SaleStory, clearing: Clearing | null, log: Checkpoint): Check[] {
  if (!clearing) return [{ name: 'clearing', ok: null, detail: 'The sale was not cleared yet.' }]
  const posting = openPosting(clearing)
  if (!posting) return [refused('its journal does not lie in the batch')]
  if (!isInLog(posting.leaf, clearing, log)) return [refused("its batch is not in the cloud's log")]
  const fault = faultOf(story, clearing.terms, posting.journal)
  if (fault) return [refused(fault)]
  const { agreementId, version } = clearing.terms
  const detail = `The booked legs are what agreement ${agreementId} version ${version} gives.`
  return [
    { name: 'clearing', ok: true, detail },
    ...capsReached(story, clearing.terms, posting.journal.legs),
    checkAgreement(clearing, log),
  ]
}

/** @returns what the journal says that events and terms do not. */
function faultOf(
  story: SaleStory,
  terms: AgreementTerms,
  journal: PostedJournal,
): string | undefined {
  if (journal.businessId !== `sale:${story.saleId}`) return 'its journal is of another sale'
  if (journal.deviceId !== story.sale.device) return 'its journal is of another machine'
  if (journal.bookId !== terms.bookId) return "it is booked in a book that is not the agreement's"
  if (journal.agreementId !== terms.agreementId || journal.agreementVersion !== terms.version) {
    return 'its journal names another agreement'
  }
  const { legs } = journal
  if (legs.some(leg => leg.currency !== story.gross.currency)) return 'it mixes currencies'
  if (total(legs, 'debit') !== total(legs, 'credit')) return 'debits and credits differ'
  const expected = clearSale(terms, stateBehind(terms, legs, story.gross), {
    saleId: story.saleId,
    deviceId: story.sale.device,
    // Booked no earlier than its payment, which a machine whose clock is behind does not know.
    atMs: Math.max(story.atMs, journal.sourceAtMs),
    channel: channelOf(legs),
    gross: story.gross,
  })
  if ('refused' in expected) return `the agreement does not cover it (${expected.refused})`
  return isSameLegs(expected.posting.legs, legs) ? undefined : 'the terms give other legs'
}

function checkAgreement({ terms, agreementLeaf }: Clearing, log: Checkpoint): Check {
  if (!agreementLeaf) {
    return {
      name: 'agreement',
      ok: null,
      detail: 'That these terms were agreed is not proven here.',
    }
  }
  const leaf = leafHash(concat(AGREEMENT_PREFIX, agreementHash(terms)))
  return isInLog(leaf, agreementLeaf, log)
    ? { name: 'agreement', ok: true, detail: "The terms are the ones in the cloud's log." }
    : { name: 'agreement', ok: false, detail: "The terms are not the ones in the cloud's log." }
}

function isInLog(leaf: Uint8Array, { leafIndex, proof }: LeafPlace, log: Checkpoint): boolean {
  const { size, root } = log
  return verifyInclusion({ leafHash: leaf, index: leafIndex, size, proof, root })
}

function channelOf(legs: readonly Leg[]): string {
  const receivable = legs.find(leg => leg.side === 'debit' && RECEIVABLE.test(leg.account))
  return RECEIVABLE.exec(receivable?.account ?? '')?.[1] ?? ''
}

/**
 * A bundle carries one sale, not the history of a capped share: the state is the one the legs
 * imply, and where they say that a cap was reached, {@link capsReached} says it is not proven.
 */
function stateBehind(terms: AgreementTerms, legs: readonly Leg[], gross: Money): BookState {
  const credited = new Map<string, bigint>()
  for (const share of terms.shares) {
    const paid = paidTo(share, legs)
    if (share.capMinor === null || paid >= fullOf(share, gross)) continue
    const before = BigInt(share.capMinor) - paid
    // Less than nothing no account was ever credited: who got more than the cap got too much.
    credited.set(share.account, before > 0n ? before : 0n)
  }
  return { creditedMinor: account => credited.get(account) ?? 0n }
}

function capsReached({ gross }: SaleStory, terms: AgreementTerms, legs: readonly Leg[]): Check[] {
  const cut = terms.shares.filter(share => paidTo(share, legs) < fullOf(share, gross))
  return cut.map(share => {
    const paid = `${share.account} got ${paidTo(share, legs)} of ${fullOf(share, gross)}`
    return { name: 'cap', ok: null, detail: `${paid}: that its cap is reached is not proven here.` }
  })
}

function paidTo(share: Share, legs: readonly Leg[]): bigint {
  const own = legs.filter(leg => leg.account === share.account)
  return total(own, 'credit')
}

function fullOf(share: Share, gross: Money): bigint {
  return (gross.amountMinor * BigInt(share.basisPoints)) / BigInt(WHOLE_BASIS_POINTS)
}

function isSameLegs(expected: readonly Leg[], legs: readonly Leg[]): boolean {
  const lines = (each: readonly Leg[]) =>
    each
      .map(leg => `${leg.side} ${leg.account} ${leg.amountMinor}`)
      .sort()
      .join('\n')
  return lines(expected) === lines(legs)
}

function total(legs: readonly Leg[], side: Leg['side']): bigint {
  return legs.filter(leg => leg.side === side).reduce((sum, leg) => sum + leg.amountMinor, 0n)
}

function refused(reason: string): Check {
  return { name: 'clearing', ok: false, detail: `The clearing is refused: ${reason}.` }
}
