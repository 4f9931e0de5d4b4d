/**
 * The sale of a bundle: its own events tell one story, and its journal, booked in a batch that the
 * cloud logged, is what the agreement's terms make of that story. The split is recomputed.
 */
import { channelTakenIn } from '../agreement/account-path.ts'
import { agreementHash } from '../agreement/canonical.ts'
import type { Leg } from '../agreement/clear-sale.ts'
import type { AgreementTerms } from '../agreement/terms.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import { undiverted } from '../ledger/freeze.ts'
import { leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/proof.ts'
import { formatMoney } from '../money/money.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { type Judged, judgeLegs } from './behind-sale.ts'
import type { ReadBundle } from './bundle.ts'
import type { PostedJournal } from './posting.ts'
import { openPosting } from './posting.ts'
import type { Check, ReportedEvent } from './report.ts'
import type { SaleStory } from './sale-story.ts'
import { saleStory } from './sale-story.ts'

type Clearing = NonNullable<NonNullable<ReadBundle['sale']>['clearing']>
type LeafPlace = { leafIndex: number; proof: readonly Uint8Array[] }

const AGREEMENT_PREFIX = utf8('tillproof/agreement/v1\n')

export function checkSale(
  bundle: ReadBundle,
  events: () => readonly ReportedEvent[],
  log: Checkpoint,
): Check[] {
  if (!bundle.sale) return []
  const { id, clearing } = bundle.sale
  const story = saleStory(id, events())
  if (typeof story === 'string') return [{ name: 'sale', ok: false, detail: story }]
  const told = `${id} succeeded for ${formatMoney(story.gross)}.`
  return [{ name: 'sale', ok: true, detail: told }, ...checkClearing(story, clearing, log)]
}

function checkClearing(story: SaleStory, clearing: Clearing | null, log: Checkpoint): Check[] {
  if (!clearing) return [{ name: 'clearing', ok: null, detail: 'The sale was not cleared yet.' }]
  const posting = openPosting(clearing)
  if (!posting) return [refused('its journal does not lie in the batch')]
  if (!isInLog(posting.leaf, clearing, log)) return [refused("its batch is not in the cloud's log")]
  const judged = judge(story, clearing.terms, posting.journal)
  if ('refused' in judged) return [refused(judged.refused)]
  const { agreementId, version } = clearing.terms
  const detail = `The booked legs are what agreement ${agreementId} version ${version} gives.`
  return [
    { name: 'clearing', ok: true, detail },
    ...judged.unproven.map((each): Check => ({ name: 'cap', ok: null, detail: each })),
    checkAgreement(clearing, log),
  ]
}

/** Whether the journal says what events and terms say. */
function judge(story: SaleStory, terms: AgreementTerms, journal: PostedJournal): Judged {
  const legs = undiverted(journal.legs)
  const refused = foreign(story, terms, journal)
  if (refused !== undefined) return { refused }
  return judgeLegs(
    terms,
    {
      saleId: story.saleId,
      deviceId: story.sale.device,
      // Booked no earlier than its payment, which a machine whose clock is behind does not know.
      atMs: Math.max(story.atMs, journal.sourceAtMs),
      channel: channelOf(legs),
      item: story.item,
      gross: story.gross,
    },
    legs,
  )
}

/** What already the journal's head and its sums tell apart. */
function foreign(
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
  return total(legs, 'debit') === total(legs, 'credit') ? undefined : 'debits and credits differ'
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
  const debited = legs.filter(leg => leg.side === 'debit')
  return debited.flatMap(leg => channelTakenIn(leg.account) ?? [])[0] ?? ''
}

function total(legs: readonly Leg[], side: Leg['side']): bigint {
  return legs.filter(leg => leg.side === side).reduce((sum, leg) => sum + leg.amountMinor, 0n)
}

function refused(reason: string): Check {
  return { name: 'clearing', ok: false, detail: `The clearing is refused: ${reason}.` }
}
