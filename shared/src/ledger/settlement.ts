/**
 * Settlement journals: what a payment company's bill of a day moves from pending accounts to those
 * that their owners may draw on. The legs that the ledger books, and the rule that a lender's
 * monitor holds them against: docs/wire/posting-batch.md. Pure.
 *
 *   psp:<channel>:receivable   ─ gross ─▶  in-transit:<channel>:<day>   what the company paid out
 *   psp:<channel>:fees         ◀ estimate  its real fee was kept before
 *   <owner>:<pending>          ─ part ──▶  <owner>:<settled>            for each account touched
 *   the operator's settled account bears the difference of the fees
 */
import {
  channelFees,
  channelReceivable,
  inTransit,
  owed,
  partyShare,
  settledAccount,
  standsFor,
} from '../agreement/account-path.ts'
import type { Leg } from '../agreement/clear-sale.ts'
import type { BookState } from '../agreement/state.ts'
import { utf8 } from '../bytes/bytes.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'
import type { Journal } from './posting-batch.ts'

export const SETTLEMENT = 'settlement'

export type SettlementName = {
  channel: string
  /** The bill's, as the company names it. */
  day: string
  /** From 0; a day has more than one when sales arrive after its bill, or a great many at once. */
  number: number
}
export type SettlementFacts = SettlementName & {
  currency: string
  /** Positions in the book of the journals whose parts it moves, ascending. */
  sources: readonly bigint[]
  feeMinor: bigint
}

export const businessIdOfSettlement = ({ channel, day, number }: SettlementName): string =>
  `${SETTLEMENT}:${channel}:${day}:${number}`

const NAME = /^settlement:([a-z][a-z0-9-]{0,30}):(\d{4}-\d\d-\d\d(?:\.\d{1,6})?):(\d{1,9})$/

const readName = (businessId: string): SettlementName | undefined => {
  const [, channel, day, number] = NAME.exec(businessId) ?? []
  return channel && day && number ? { channel, day, number: Number(number) } : undefined
}

const DOMAIN = utf8('tillproof/settlement/v1\n')

/** 32 bytes: a settlement journal's payload hash. */
export function settlementHash(facts: SettlementFacts): Uint8Array {
  const { channel, day, number, currency, sources, feeMinor } = facts
  return sha256(DOMAIN, encodeCbor([1, channel, day, number, currency, [...sources], feeMinor]))
}

export type Settling = SettlementName & {
  /** Whose book it is. */
  operatorId: string
  /** What the sources credited to each account, less what they debited. */
  credited: ReadonlyMap<string, bigint>
  /** What the company kept in all. */
  feeMinor: bigint
}

/**
 * Balanced; empty where the sources cancel each other out. What the company paid back beyond what
 * it had collected is one with what it collects.
 */
export function settlementLegs(settling: Settling): Leg[] {
  const { operatorId, channel, day, credited, feeMinor } = settling
  const [fees, receivable] = [channelFees(channel), channelReceivable(channel)]
  const company = [receivable, owed(receivable)].map(path => credited.get(path) ?? 0n)
  const grossMinor = -company.reduce((sum, minor) => sum + minor, 0n)
  const estimatedMinor = credited.get(fees) ?? 0n
  const owned = [...credited].flatMap(([path, minor]): Move[] => {
    const settled = settledAccount(path)
    return settled === undefined
      ? []
      : [
          [path, -minor],
          [settled, minor],
        ]
  })
  const bearer = settledAccount(partyShare(operatorId)) ?? ''
  return legsOf([
    [receivable, grossMinor],
    [inTransit(channel, day.slice(0, 10)), feeMinor - grossMinor],
    [fees, -estimatedMinor],
    ...owned,
    [bearer, estimatedMinor - feeMinor],
  ])
}

/** Signed: more than nothing is credited. */
type Move = [account: string, creditMinor: bigint]

/** One leg an account. */
function legsOf(moves: readonly Move[]): Leg[] {
  const sums = new Map<string, bigint>()
  for (const [account, minor] of moves) sums.set(account, (sums.get(account) ?? 0n) + minor)
  return [...sums].flatMap(([account, minor]): Leg[] => {
    if (minor === 0n) return []
    const side = minor > 0n ? 'credit' : 'debit'
    return [{ account, side, amountMinor: minor > 0n ? minor : -minor }]
  })
}

/**
 * What is wrong with a settlement journal, in words; undefined for one that keeps the rule: it
 * takes from the company's accounts and pending accounts only, gives each owner what was its own,
 * and never more than sales have credited. The operator's own settled account also has the fees'
 * difference.
 * @param state the book so far, without this journal
 */
export function settlementFault(journal: Journal, state: BookState): string | undefined {
  const name = readName(journal.businessId)
  if (name === undefined) return 'its business id names no settlement'
  const currencies = new Set(journal.legs.map(leg => leg.currency))
  const isPosted = journal.legs.every(leg => leg.phase === 'posted')
  if (currencies.size !== 1 || !isPosted) return 'it is not posted in one currency'
  const net = netOf(journal.legs)
  const total = [...net.values()].reduce((sum, minor) => sum + minor, 0n)
  if (total !== 0n) return `it is off by ${total}`
  const operator = settledAccount(partyShare(journal.operatorId)) ?? ''
  const owned = ownersOf(net)
  for (const account of net.keys()) {
    const isCompany = standsFor(account).startsWith(`psp:${name.channel}:`)
    const isOut = account === inTransit(name.channel, name.day.slice(0, 10))
    if (!isCompany && !isOut && account !== operator && !owned.has(account)) {
      return `it moves what is on ${account}`
    }
  }
  const slack = { operator, minor: state.creditedMinor(channelFees(name.channel)) }
  return [...owned].flatMap(([, pair]) => pairFault(pair, net, state, slack))[0]
}

type Pair = { pending: string; settled: string }

/** Each pending account that it touches, under its own name and that of its settled one. */
function ownersOf(net: ReadonlyMap<string, bigint>): Map<string, Pair> {
  return new Map(
    [...net.keys()].flatMap((pending): [string, Pair][] => {
      const settled = settledAccount(pending)
      if (settled === undefined) return []
      const pair = { pending, settled }
      return [
        [pending, pair],
        [settled, pair],
      ]
    }),
  )
}

/** @param slack whose account has the difference of the fees, and the most it can come to */
function pairFault(
  { pending, settled }: Pair,
  net: ReadonlyMap<string, bigint>,
  state: BookState,
  slack: { operator: string; minor: bigint },
): string[] {
  const [taken, given] = [-(net.get(pending) ?? 0n), net.get(settled) ?? 0n]
  const isBearer = settled === slack.operator
  if (taken !== given && !isBearer) {
    return [`it takes ${taken} from ${pending} and gives ${given} to ${settled}`]
  }
  const has = state.creditedMinor(settled) - state.debitedMinor(settled) + given
  const most = state.creditedMinor(pending) + (isBearer ? slack.minor : 0n)
  return has > most ? [`${settled} has ${has}, and sales credited ${most} to ${pending}`] : []
}

function netOf(legs: readonly Leg[]): Map<string, bigint> {
  const net = new Map<string, bigint>()
  for (const { account, side, amountMinor } of legs) {
    const signed = side === 'credit' ? amountMinor : -amountMinor
    net.set(account, (net.get(account) ?? 0n) + signed)
  }
  return net
}
