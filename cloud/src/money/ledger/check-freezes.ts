/**
 * Blocked accounts, rebuilt from the journals alone and held against the recorded orders: money
 * diverted without one, or past one, would be kept from whom it belongs to.
 */
import { partyBlocked } from '@tillproof/shared/agreement/account-path.ts'
import { blockedParty, freezeFault, type PlacedFreeze } from '@tillproof/shared/ledger/freeze.ts'
import type { Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import { accountKey } from './account.ts'

export type FreezeWalk = {
  placed: readonly PlacedFreeze[]
  blocked: Map<string, bigint>
  faults: string[]
}

export const beginFreezes = (placed: readonly PlacedFreeze[]): FreezeWalk => ({
  placed,
  blocked: new Map(),
  faults: [],
})

/** Folds one journal in, in the order of the book. */
export function visitFreezes({ placed, blocked, faults }: FreezeWalk, journal: Journal): void {
  const fault = freezeFault(
    placed,
    journal,
    (partyId, currency) => blocked.get(accountKey(partyBlocked(partyId), currency)) ?? 0n,
  )
  if (fault !== undefined) faults.push(`journal ${journal.seq}: ${fault}`)
  for (const leg of journal.legs) {
    if (blockedParty(leg.account) === undefined || leg.phase !== 'posted') continue
    const key = accountKey(leg.account, leg.currency)
    const minor = leg.side === 'credit' ? leg.amountMinor : -leg.amountMinor
    blocked.set(key, (blocked.get(key) ?? 0n) + minor)
  }
}
