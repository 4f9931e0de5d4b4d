/** How the end of a log is told: to whoever wants to sign, and to the person at the machine. */
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { DeathReason, LogDeath } from './event-store.ts'

export const ENROL_AGAIN =
  'Keep the home folder, and enrol again: tillproof agent enrol <code> --server <url> --replace.'

const REASONS: Record<DeathReason, string> = {
  'ahead-of-journal': 'the cloud holds more of this log than the journal: it is an older copy',
  'contradicts-journal': 'the cloud holds another history of this machine',
  'fork-shown': 'there is a second history under the key of this machine',
}

/** One line for people, without the next step. */
export function describeDeath({ reason, knownSize }: Omit<LogDeath, 'proof' | 'atMs'>): string {
  const known = knownSize === null ? '' : `, ${knownSize} events`
  return `${REASONS[reason]} (${reason}${known}); nothing is signed and no cashless sale begins`
}

/** What signing in an ended log throws. */
export function deadError(death: LogDeath): TillproofError {
  return new TillproofError(
    'journal.dead',
    `The log of this machine has ended: ${describeDeath(death)}.`,
    ENROL_AGAIN,
  )
}
