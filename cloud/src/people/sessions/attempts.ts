/**
 * How often somebody may try passwords of one account. A stranger's attempts must not keep its
 * owner out, so a browser that has signed in before is counted by itself (OWASP, "Slow Down Online
 * Guessing Attacks with Device Cookies"); others by the address they come from, and all of these
 * together, so that many addresses do not add up to a fast guess. Only wrong passwords stay
 * counted: programs sign in often. Counted in this process.
 */
import { rateLimit } from '../../platform/http/rate-limit.ts'

export type Attempt = {
  /** Lower case. */
  email: string
  /** As `clientAddress` says it. */
  address: string
  /** Id of a browser that is known to have signed in to this account. */
  device: string | undefined
}

const PER_SOURCE = { limit: 10, windowMs: 60_000 }
/** Of all strangers at one account: some 14,000 guesses a day, at passwords of 98 bits. */
const OF_STRANGERS = { limit: 100, windowMs: 600_000 }

export type Attempts = {
  /** Counts an attempt, and says whether it may be made. */
  allow(attempt: Attempt): boolean
  /** The password was right: nobody guessed. */
  forgive(attempt: Attempt): void
}

export function attempts(): Attempts {
  const bySource = rateLimit(PER_SOURCE)
  const byAccount = rateLimit(OF_STRANGERS)
  return {
    allow(attempt) {
      if (!bySource.allows(sourceOf(attempt))) return false
      return attempt.device !== undefined || byAccount.allows(attempt.email)
    },
    forgive(attempt) {
      bySource.giveBack(sourceOf(attempt))
      if (attempt.device === undefined) byAccount.giveBack(attempt.email)
    },
  }
}

function sourceOf({ email, address, device }: Attempt): string {
  return device === undefined ? `${email} at ${address}` : `${email} on ${device}`
}
