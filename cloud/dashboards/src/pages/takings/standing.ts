/** What of each owner's money is still to be settled, and what it can draw on. Pure. */
import type { Balance } from '@tillproof/shared/api/statements.ts'

export type Standing = {
  bookId: string
  /** An organisation's or a loan's id, as the accounts name it. */
  owner: string
  family: 'party' | 'supplier' | 'facility'
  currency: string
  pendingMinor: bigint
  availableMinor: bigint
}

const PENDING = ['party:share', 'supplier:goods', 'facility:repayment', 'facility:guarantee']
const AVAILABLE = [
  'party:available',
  'supplier:available',
  'facility:repaid',
  'facility:guaranteed',
]

/** Owners in the order of their accounts; credits are what they are owed or have. */
export function standingsOf(balances: readonly Balance[]): Standing[] {
  const standings = new Map<string, Standing>()
  for (const balance of balances) {
    const [family = '', owner = '', what = ''] = balance.path.split(':')
    const isPending = PENDING.includes(`${family}:${what}`)
    if (!isPending && !AVAILABLE.includes(`${family}:${what}`)) continue
    const key = `${balance.bookId} ${family}:${owner} ${balance.currency}`
    const standing = standings.get(key) ?? emptyOf(balance, family as Standing['family'], owner)
    const minor = BigInt(balance.creditsPosted) - BigInt(balance.debitsPosted)
    if (isPending) standing.pendingMinor += minor
    else standing.availableMinor += minor
    standings.set(key, standing)
  }
  return [...standings.values()]
}

function emptyOf(
  { bookId, currency }: Balance,
  family: Standing['family'],
  owner: string,
): Standing {
  return { bookId, owner, family, currency, pendingMinor: 0n, availableMinor: 0n }
}
