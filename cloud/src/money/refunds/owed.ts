/**
 * Debts to the book. A share that is to give back what it has no more owes it, in an account of its
 * own, and pays out of what it gets next; a payment company that paid back more than it had
 * collected is owed by the book in the same way. Pure.
 */
import { owed, settledAccount } from '@tillproof/shared/agreement/account-path.ts'
import type { Leg } from '@tillproof/shared/agreement/clear-sale.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import type { DraftState } from '../ledger/book.ts'
import type { PostingSource } from '../ledger/draft-batch.ts'

/** Credits less debits of an account, what is held counted. */
export type BalanceOf = (account: string) => bigint

/** Each leg out of what its account has, its settled side counted; the rest is owed. */
export const spread = (legs: readonly Leg[], balanceOf: BalanceOf): Leg[] =>
  legs.flatMap(leg => {
    if (leg.side === 'debit') return spreadDebit(leg, balanceOf)
    return isReceivable(leg.account) ? divided(leg, -balanceOf(leg.account)) : [leg]
  })

export function spreadDebit(leg: Leg, balanceOf: BalanceOf): Leg[] {
  if (!/^(party|facility|supplier|reserve):/.test(leg.account)) return [leg]
  const settled = settledAccount(leg.account)
  const has = balanceOf(leg.account) + (settled === undefined ? 0n : balanceOf(settled))
  return divided(leg, has)
}

function divided(leg: Leg, has: bigint): Leg[] {
  const own = least(leg.amountMinor, has > 0n ? has : 0n)
  const rest = leg.amountMinor - own
  return [
    ...(own > 0n ? [{ ...leg, amountMinor: own }] : []),
    ...(rest > 0n ? [{ ...leg, account: owed(leg.account), amountMinor: rest }] : []),
  ]
}

const isReceivable = (account: string): boolean => /^psp:[^:]+:receivable$/.test(account)

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other)

export const balanceIn =
  ({ creditedMinor, debitedMinor }: DraftState) =>
  (account: string): bigint =>
    creditedMinor(account) - debitedMinor(account)

/**
 * What an account owes is kept from what it gets next, out of what it or its settled side has.
 * @param turnoverMinor of the owed account, which names this netting among those of the account
 */
export function netOwed(
  account: string,
  currency: string,
  turnoverMinor: bigint,
  atMs: number,
): PostingSource {
  const businessId = `owed-netted:${account}:${turnoverMinor}`
  return {
    businessId,
    payloadHash: nameHash(`${businessId} ${currency}`),
    currency,
    draft(state) {
      const legs = nettingLegs(account, balanceIn(state))
      if (legs.length === 0) return { refused: 'nothing-due' }
      return {
        kind: 'owed-netted',
        deviceId: null,
        sourceAtMs: atMs,
        agreement: null,
        legs: posted(legs, currency),
      }
    },
  }
}

function nettingLegs(account: string, balanceOf: BalanceOf): Leg[] {
  const debt = balanceOf(owed(account))
  if (isReceivable(account)) {
    // The company paid back more than it had collected, and keeps it from what it collects next.
    const amountMinor = least(debt, -balanceOf(account))
    return amountMinor > 0n ? transfer(owed(account), account, amountMinor) : []
  }
  const settled = settledAccount(account)
  const own = balanceOf(account)
  const both = own + (settled === undefined ? 0n : balanceOf(settled))
  const amount = least(-debt, both)
  if (amount <= 0n) return []
  const ownPart = least(amount, own > 0n ? own : 0n)
  return [
    ...(ownPart > 0n ? transfer(account, owed(account), ownPart) : []),
    ...(settled !== undefined && amount > ownPart
      ? transfer(settled, owed(account), amount - ownPart)
      : []),
  ]
}

const transfer = (from: string, to: string, amountMinor: bigint): Leg[] => [
  { account: from, side: 'debit', amountMinor },
  { account: to, side: 'credit', amountMinor },
]

export const posted = (legs: readonly Leg[], currency: string): JournalLeg[] =>
  legs.map(leg => ({ ...leg, currency, phase: 'posted' }))

/** Payload hash of a journal whose name says all of its facts. */
export const nameHash = (name: string): Uint8Array =>
  sha256(utf8(`tillproof/journal-name/v1\n${name}`))
