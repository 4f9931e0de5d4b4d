/**
 * Two-phase transfers as sources of postings: hold money now, and later post all or part of it,
 * give it back, or let it expire. What is posted in part gives the rest back; each is closed once.
 * Pure.
 */
import type { Leg } from '@tillproof/shared/agreement/clear-sale.ts'
import type { JournalLeg, Phase } from '@tillproof/shared/ledger/posting-batch.ts'
import type { JournalDraft } from './book.ts'
import type { PostingSource } from './draft-batch.ts'
import {
  type Closing,
  closingHash,
  OPENING,
  type Pending,
  pendingHash,
  pendingName,
} from './pending.ts'

export type Hold = {
  /** What it is known by, up to 100 characters: the order, session or refund it is made for. */
  id: string
  deviceId: string | null
  currency: string
  atMs: number
  /** Can be posted before this time, and expires with it. */
  untilMs: number
  legs: readonly Leg[]
  /** Parties by account path, for accounts opened by it. */
  partyOf?: ReadonlyMap<string, string>
}
export type Close = Pick<Hold, 'id' | 'currency' | 'atMs'>

/** Holds money: it counts for the rules of accounts, and nobody has it yet. */
export function pend(hold: Hold): PostingSource {
  const { id, deviceId, currency, atMs, untilMs, partyOf } = hold
  const legs = legsIn(hold.legs, currency, 'pending')
  const facts = { kind: OPENING, deviceId, sourceAtMs: atMs, agreement: null, legs }
  return {
    businessId: pendingName(OPENING, id),
    payloadHash: pendingHash({ id, untilMs, legs }),
    currency,
    draft: () => ({ ...facts, untilMs, ...(partyOf && { partyOf }) }),
  }
}

/**
 * Posts what is held. Refused `too-late` from its term on.
 * @param parts what to post; all that is held unless told
 */
export function postPending(close: Close, parts: readonly Leg[] | null = null): PostingSource {
  const posted = parts && legsIn(parts, close.currency, 'posted')
  return closing('pending-posted', close, posted, pending =>
    close.atMs < pending.untilMs
      ? [...inPhase(pending.legs, 'released'), ...(posted ?? inPhase(pending.legs, 'posted'))]
      : { refused: 'too-late' },
  )
}

/** Gives back what is held, at any time before it expired. */
export const voidPending = (close: Close): PostingSource =>
  closing('pending-voided', close, null, pending => inPhase(pending.legs, 'released'))

/** Gives back what was held for too long. Refused `too-early` before its term. */
export const expirePending = (close: Close): PostingSource =>
  closing('pending-expired', close, null, pending =>
    close.atMs < pending.untilMs ? { refused: 'too-early' } : inPhase(pending.legs, 'released'),
  )

type OutOfTerm = { refused: 'too-early' | 'too-late' }

function closing(
  kind: Closing,
  { id, currency, atMs }: Close,
  posted: readonly JournalLeg[] | null,
  legsOf: (pending: Pending) => JournalLeg[] | OutOfTerm,
): PostingSource {
  return {
    businessId: pendingName(kind, id),
    payloadHash: closingHash(kind, id, posted),
    currency,
    draft(state): JournalDraft | OutOfTerm | { refused: 'not-pending' } {
      const pending = state.pending(id)
      if (pending === undefined) return { refused: 'not-pending' }
      const legs = legsOf(pending)
      if ('refused' in legs) return legs
      return { kind, deviceId: pending.deviceId, sourceAtMs: atMs, agreement: null, legs }
    },
  }
}

const legsIn = (legs: readonly Leg[], currency: string, phase: Phase): JournalLeg[] =>
  legs.map(leg => ({ ...leg, currency, phase }))

const inPhase = (legs: readonly JournalLeg[], phase: Phase): JournalLeg[] =>
  legs.map(leg => ({ ...leg, phase }))
