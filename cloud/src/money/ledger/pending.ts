/**
 * Pending transfers: money that is held now and posted, in full or in part, or given back later.
 * A journal tells by its kind and its business id what it opens or closes, so whoever has the
 * journals knows what is open: docs/wire/posting-batch.md. Pure.
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { type CborValue, encodeCbor } from '@tillproof/shared/bytes/cbor.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { Journal, JournalLeg, Phase } from '@tillproof/shared/ledger/posting-batch.ts'

export type Pending = {
  id: string
  deviceId: string | null
  /** From then on it can be expired and no more be posted. */
  untilMs: number
  legs: readonly JournalLeg[]
}

export const OPENING = 'pending'
const CLOSINGS = ['pending-posted', 'pending-voided', 'pending-expired'] as const
export type Closing = (typeof CLOSINGS)[number]

/**
 * `not-pending`: nothing open of this name, or money moved in and out of pending without one.
 * `over-pending`: posted more than was pending, or released other than was pending.
 */
export type PendingRefusal = 'not-pending' | 'over-pending'
export type PendingStep = { opens: string } | { closes: string } | { refused: PendingRefusal }

/** What a journal does to pending transfers; undefined for one that has to do with none. */
export function pendingStep(
  legsOf: (id: string) => readonly JournalLeg[] | undefined,
  { businessId, kind, legs }: Pick<Journal, 'businessId' | 'kind' | 'legs'>,
): PendingStep | undefined {
  const has = (phase: Phase) => legs.some(leg => leg.phase === phase)
  if (kind !== OPENING && !isClosing(kind)) {
    return has('pending') || has('released') ? { refused: 'not-pending' } : undefined
  }
  const id = businessId.slice(kind.length + 1)
  if (businessId !== pendingName(kind, id)) return { refused: 'not-pending' }
  if (kind === OPENING) {
    return has('posted') || has('released') ? { refused: 'over-pending' } : { opens: id }
  }
  const pending = legsOf(id)
  if (pending === undefined) return { refused: 'not-pending' }
  const mayPost = kind === 'pending-posted'
  if (has('pending') || has('posted') !== mayPost) return { refused: 'over-pending' }
  return isWithin(pending, legs) ? { closes: id } : { refused: 'over-pending' }
}

/** The business id of the journal that opens or closes a pending transfer: there is one of each. */
export const pendingName = (kind: typeof OPENING | Closing, id: string): string => `${kind}:${id}`

/** Payload hash of an opening: it stands for the term, which the journal does not say. */
export const pendingHash = ({ id, untilMs, legs }: Omit<Pending, 'deviceId'>): Uint8Array =>
  sha256(utf8('tillproof/pending/v1\n'), encodeCbor([1, id, untilMs, legs.map(legValue)]))

/**
 * Payload hash of a closing: without its time, so that it may be told again later.
 * @param legs what is posted; null for all of it, or nothing
 */
export const closingHash = (
  kind: Closing,
  id: string,
  legs: readonly JournalLeg[] | null,
): Uint8Array =>
  sha256(
    utf8('tillproof/pending-closed/v1\n'),
    encodeCbor([1, kind, id, legs?.map(legValue) ?? null]),
  )

const legValue = ({ account, currency, side, amountMinor }: JournalLeg): CborValue => [
  account,
  currency,
  side === 'debit' ? 0 : 1,
  amountMinor,
]

const isClosing = (kind: string): kind is Closing => CLOSINGS.some(each => each === kind)

/** All that was pending is released, and no account is posted more than it had pending. */
function isWithin(pending: readonly JournalLeg[], legs: readonly JournalLeg[]): boolean {
  const held = sumsOf(pending, 'pending')
  const released = sumsOf(legs, 'released')
  const posted = sumsOf(legs, 'posted')
  const isAllReleased = [...held].every(([key, sum]) => released.get(key) === sum)
  return (
    isAllReleased &&
    released.size === held.size &&
    [...posted].every(([key, sum]) => sum <= (held.get(key) ?? 0n))
  )
}

function sumsOf(legs: readonly JournalLeg[], phase: Phase): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const leg of legs.filter(each => each.phase === phase)) {
    const key = `${leg.side} ${leg.currency} ${leg.account}`
    sums.set(key, (sums.get(key) ?? 0n) + leg.amountMinor)
  }
  return sums
}
