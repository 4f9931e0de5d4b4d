/**
 * One fix may be a reflection from a house front. A position counts as changed only when so many
 * fixes say so within a time, and none between them says the contrary.
 */

export type Votes<Kept> = readonly { atMs: number; kept: Kept }[]
export type VoteRules = { fixes: number; withinSeconds: number }

/** The votes with this one; `carried` when they are enough. */
export function vote<Kept>(
  rules: VoteRules,
  before: Votes<Kept>,
  kept: Kept,
  nowMs: number,
): { votes: Votes<Kept>; carried: boolean } {
  const fresh = before.filter(({ atMs }) => Math.abs(nowMs - atMs) <= rules.withinSeconds * 1000)
  const votes = [...fresh, { atMs: nowMs, kept }].slice(-rules.fixes)
  return { votes, carried: votes.length >= rules.fixes }
}
