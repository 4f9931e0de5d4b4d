/**
 * Accounts and their four sums: debits and credits, pending and posted, in minor units.
 * Pure: what a leg does to an account, and the rule an account must keep.
 */
import { channelTakenIn } from '@tillproof/shared/agreement/account-path.ts'
import type { JournalLeg, Phase, Side } from '@tillproof/shared/ledger/posting-batch.ts'

export type AccountRule = 'none' | 'debits-within-credits' | 'credits-within-debits'
export type Sums = {
  debitsPosted: bigint
  creditsPosted: bigint
  debitsPending: bigint
  creditsPending: bigint
}
/** What a person set; `mostMinor`: of the balance, on whichever side it is. */
export type AccountLimit = { rule: AccountRule; mostMinor: bigint | null }
export type Account = Sums & {
  accountId: bigint
  path: string
  currency: string
  /** Of its family. */
  rule: AccountRule
  limit: AccountLimit
  deviceId: string | null
  partyId: string | null
}

export const NO_LIMIT: AccountLimit = { rule: 'none', mostMinor: null }
export const NO_SUMS: Sums = {
  debitsPosted: 0n,
  creditsPosted: 0n,
  debitsPending: 0n,
  creditsPending: 0n,
}

/** One account a path and currency. */
export const accountKey = (path: string, currency: string): string => `${path} ${currency}`

/**
 * The rule of an account by its family: a machine cannot pass on more than it took, a payment
 * company cannot be credited with more than it collected, and no more can be taken out of a box
 * than lies in it.
 */
export function ruleOf(path: string): AccountRule {
  if (path.startsWith('device:')) return 'debits-within-credits'
  return channelTakenIn(path) === undefined ? 'none' : 'credits-within-debits'
}

/** The machine that an account belongs to: its takings, or its cash. */
export const deviceOf = (path: string): string | null =>
  /^(?:device|cash):([^:]+):/.exec(path)?.[1] ?? null

/** The sums after one more leg. */
export function addLeg(sums: Sums, leg: Pick<JournalLeg, 'side' | 'phase' | 'amountMinor'>): Sums {
  const field = FIELDS[leg.side][leg.phase]
  const amount = leg.phase === 'released' ? -leg.amountMinor : leg.amountMinor
  return { ...sums, [field]: sums[field] + amount }
}

/**
 * Whether the account's rule and its limit hold, for what is posted and with what is pending, and
 * nothing more was released than was pending.
 */
export function keepsRule({ rule, limit, ...sums }: Account): boolean {
  if (sums.debitsPending < 0n || sums.creditsPending < 0n) return false
  const posted = sums.creditsPosted - sums.debitsPosted
  const all = posted + sums.creditsPending - sums.debitsPending
  return [posted, all].every(
    balance => allows(rule, balance) && allows(limit.rule, balance) && reaches(limit, balance),
  )
}

function allows(rule: AccountRule, balanceMinor: bigint): boolean {
  switch (rule) {
    case 'none':
      return true
    case 'debits-within-credits':
      return balanceMinor >= 0n
    case 'credits-within-debits':
      return balanceMinor <= 0n
  }
}

const reaches = ({ mostMinor }: AccountLimit, balanceMinor: bigint): boolean =>
  mostMinor === null || (balanceMinor <= mostMinor && -balanceMinor <= mostMinor)

const FIELDS: Record<Side, Record<Phase, keyof Sums>> = {
  debit: { posted: 'debitsPosted', pending: 'debitsPending', released: 'debitsPending' },
  credit: { posted: 'creditsPosted', pending: 'creditsPending', released: 'creditsPending' },
}
