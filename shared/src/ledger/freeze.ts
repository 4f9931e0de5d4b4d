/**
 * Freezes: what of a party's share a court, or the platform's care, keeps from it. While an order
 * is in force, what a journal credits to the share goes on at once into a blocked account, by legs
 * of their own behind the agreed ones, so that a split stays what it was agreed to be:
 *
 *   … agreed legs …   party:<id>:share ─ diverted ─▶ party:<id>:blocked
 *   unfreeze          party:<id>:blocked ─ released ─▶ party:<id>:available
 *
 * An account never holds more blocked than its orders ask for. Pure; the rule that the book's
 * writer applies, its checker and a lender's monitor hold it to: docs/wire/posting-batch.md.
 */
import { partyBlocked, partyShare, settledAccount } from '../agreement/account-path.ts'
import { utf8 } from '../bytes/bytes.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'
import type { Journal, JournalLeg } from './posting-batch.ts'

export type FreezeCause = 'court' | 'risk'
/** As it is recorded; never changed. */
export type FreezeOrder = {
  orderId: string
  bookId: string
  partyId: string
  cause: FreezeCause
  /** What the paper is known by. */
  document: string
  /** The most that it keeps; null for all that comes. */
  limit: { amountMinor: bigint; currency: string } | null
  fromMs: number
  untilMs: number | null
  /** 16 random bytes. */
  salt: Uint8Array
}
/** What a journal is held against. */
export type Freeze = Pick<FreezeOrder, 'orderId' | 'partyId' | 'limit'>
/** Journals from the first and before the second are under it, as the book's writer says. */
export type PlacedFreeze = Freeze & { fromSeq: bigint | null; untilSeq: bigint | null }

const ORDER_DOMAIN = utf8('tillproof/freeze-order/v1\n')
const RELEASE_DOMAIN = utf8('tillproof/freeze-release/v1\n')

/** 32 bytes: the body of its `freeze-order` leaf. */
export function freezeOrderHash(order: FreezeOrder): Uint8Array {
  const { orderId, bookId, partyId, cause, document, limit, fromMs, untilMs, salt } = order
  const [most, currency] = [limit?.amountMinor ?? null, limit?.currency ?? null]
  const facts = [1, salt, orderId, bookId, partyId, cause, document, most, currency]
  return sha256(ORDER_DOMAIN, encodeCbor([...facts, fromMs, untilMs]))
}

/** 32 bytes: the body of the leaf of what lifted it. */
export const freezeReleaseHash = (
  { orderId, salt }: Pick<FreezeOrder, 'orderId' | 'salt'>,
  document: string,
): Uint8Array => sha256(RELEASE_DOMAIN, encodeCbor([1, salt, orderId, document]))

export const freezesAt = (placed: readonly PlacedFreeze[], seq: bigint): PlacedFreeze[] =>
  placed.filter(
    ({ fromSeq, untilSeq }) =>
      fromSeq !== null && fromSeq <= seq && (untilSeq === null || seq < untilSeq),
  )

/** What is blocked of a party so far, minor units. */
export type BlockedMinor = (partyId: string, currency: string) => bigint

/**
 * The legs that divert what a journal credits to shares under a freeze.
 * @param live freezes that are in force
 * @param legs as they were agreed
 */
export function divertingLegs(
  live: readonly Freeze[],
  legs: readonly JournalLeg[],
  blockedMinor: BlockedMinor,
): JournalLeg[] {
  const parties = [...new Set(live.map(({ partyId }) => partyId))].toSorted()
  const currencies = parties.length === 0 ? [] : [...new Set(legs.map(leg => leg.currency))]
  return parties.flatMap(partyId =>
    currencies.flatMap((currency): JournalLeg[] => {
      const credited = creditedMinor(legs, partyShare(partyId), currency)
      const room = roomMinor(live, partyId, currency, blockedMinor(partyId, currency))
      const amountMinor = room === null || credited < room ? credited : room
      if (amountMinor <= 0n) return []
      const leg = { currency, phase: 'posted', amountMinor } as const
      return [
        { account: partyShare(partyId), side: 'debit', ...leg },
        { account: partyBlocked(partyId), side: 'credit', ...leg },
      ]
    }),
  )
}

/** The legs without those that divert, which come last and in pairs. */
export function undiverted<L extends Pick<JournalLeg, 'account' | 'side' | 'amountMinor'>>(
  legs: readonly L[],
): L[] {
  const agreed = [...legs]
  for (;;) {
    const [out, into] = agreed.slice(-2)
    const party = blockedParty(into?.account ?? '')
    if (out === undefined || into === undefined || party === undefined) return agreed
    const isPair = out.account === partyShare(party) && out.amountMinor === into.amountMinor
    if (!isPair || out.side !== 'debit' || into.side !== 'credit') return agreed
    agreed.splice(-2)
  }
}

/** Whose blocked account it is; undefined for other accounts. */
export const blockedParty = (path: string): string | undefined => BLOCKED.exec(path)?.[1]

/** What no order asks for any more. */
export function releasableMinor(
  live: readonly Freeze[],
  partyId: string,
  currency: string,
  blockedMinor: bigint,
): bigint {
  const room = roomMinor(live, partyId, currency, 0n)
  if (room === null) return 0n
  return blockedMinor > room ? blockedMinor - room : 0n
}

export const UNFREEZE = 'unfreeze'
export const businessIdOfUnfreeze = (orderId: string, currency: string): string =>
  `${UNFREEZE}:${orderId}:${currency}`

const UNFREEZE_DOMAIN = utf8('tillproof/unfreeze/v1\n')

/** Payload hash of its journal: it has no facts but the order that ended. */
export const unfreezeHash = (orderId: string, currency: string): Uint8Array =>
  sha256(UNFREEZE_DOMAIN, encodeCbor([1, orderId, currency]))

export const unfreezeLegs = (
  partyId: string,
  currency: string,
  amountMinor: bigint,
): JournalLeg[] => [
  { account: partyBlocked(partyId), side: 'debit', currency, phase: 'posted', amountMinor },
  { account: availableOf(partyId), side: 'credit', currency, phase: 'posted', amountMinor },
]

/**
 * The legs that a journal should have: what was agreed and what orders divert of it, or what an
 * order's end releases.
 */
export function frozenLegs(
  placed: readonly PlacedFreeze[],
  journal: Pick<Journal, 'seq' | 'businessId' | 'kind' | 'legs'>,
  blockedMinor: BlockedMinor,
): JournalLeg[] {
  const live = freezesAt(placed, journal.seq)
  if (journal.kind === UNFREEZE) return releaseOf(placed, live, journal, blockedMinor)
  const agreed = undiverted(journal.legs)
  return [...agreed, ...divertingLegs(live, agreed, blockedMinor)]
}

/**
 * What is wrong with what a journal does to blocked accounts, in words: money is diverted that no
 * order asks for, or not diverted that one does, or released while an order keeps it.
 */
export function freezeFault(
  placed: readonly PlacedFreeze[],
  journal: Pick<Journal, 'seq' | 'businessId' | 'kind' | 'legs'>,
  blockedMinor: BlockedMinor,
): string | undefined {
  const want = frozenLegs(placed, journal, blockedMinor)
  const isOther = journal.kind !== UNFREEZE && undiverted(journal.legs).some(isBlocked)
  if (!isOther && sameLegs(want, journal.legs)) return undefined
  return `it ${blockedText(journal.legs)}; by the orders in force it ${blockedText(want)}`
}

function releaseOf(
  placed: readonly PlacedFreeze[],
  live: readonly Freeze[],
  { seq, businessId, legs }: Pick<Journal, 'seq' | 'businessId' | 'legs'>,
  blockedMinor: BlockedMinor,
): JournalLeg[] {
  const [, orderId = '', currency = ''] = businessId.split(':')
  const order = placed.find(each => each.orderId === orderId)
  const isOver = order?.untilSeq != null && order.untilSeq <= seq
  if (!isOver || legs.some(leg => leg.currency !== currency)) return []
  const { partyId } = order
  const released = releasableMinor(live, partyId, currency, blockedMinor(partyId, currency))
  return released === 0n ? [] : unfreezeLegs(partyId, currency, released)
}

const BLOCKED = /^party:([^:]+):blocked$/
const isBlocked = ({ account }: JournalLeg): boolean => blockedParty(account) !== undefined
const availableOf = (partyId: string): string => settledAccount(partyShare(partyId)) ?? ''

/** Posted credits less debits. */
const creditedMinor = (legs: readonly JournalLeg[], account: string, currency: string): bigint =>
  legs
    .filter(leg => leg.phase === 'posted' && leg.account === account && leg.currency === currency)
    .reduce((sum, leg) => sum + (leg.side === 'credit' ? leg.amountMinor : -leg.amountMinor), 0n)

/** What the party's orders ask for beyond what is blocked; null: whatever comes. */
function roomMinor(
  live: readonly Freeze[],
  partyId: string,
  currency: string,
  blockedMinor: bigint,
): bigint | null {
  const own = live.filter(
    each => each.partyId === partyId && (each.limit?.currency ?? currency) === currency,
  )
  if (own.some(({ limit }) => limit === null)) return null
  const asked = own.reduce((sum, { limit }) => sum + (limit?.amountMinor ?? 0n), 0n)
  return asked > blockedMinor ? asked - blockedMinor : 0n
}

const sameLegs = (one: readonly JournalLeg[], other: readonly JournalLeg[]): boolean =>
  one.length === other.length &&
  one.every((leg, at) => legText(leg) === legText(other[at] ?? { ...leg, amountMinor: -1n }))

const legText = ({ account, currency, side, phase, amountMinor }: JournalLeg): string =>
  [account, currency, side, phase, amountMinor].join(' ')

function blockedText(legs: readonly JournalLeg[]): string {
  const own = legs.filter(isBlocked)
  if (own.length === 0) return 'blocks and releases nothing'
  const texts = own.map(({ side, account, amountMinor, currency }) => {
    const verb = side === 'credit' ? 'diverts' : 'releases'
    return `${verb} ${amountMinor} ${currency} of ${blockedParty(account)}`
  })
  return texts.join(' and ')
}
