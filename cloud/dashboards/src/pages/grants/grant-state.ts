/** Whether a grant still lets anybody see anything. */
import type { Grant } from '@tillproof/shared/api/people.ts'

export type GrantState = 'live' | 'ended' | 'revoked'

export function grantState({ revokedAt, until }: Grant, nowMs: number): GrantState {
  if (revokedAt !== null) return 'revoked'
  return until !== null && Date.parse(until) <= nowMs ? 'ended' : 'live'
}

/** The last millisecond of a day picked in the reader's calendar, as a UTC instant. */
export function endOfDay(day: string): string {
  return new Date(`${day}T23:59:59.999`).toISOString()
}
