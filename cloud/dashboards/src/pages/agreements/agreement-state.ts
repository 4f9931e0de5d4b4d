/** Where a version stands among those of its agreement, at a moment. */
import type { Agreement } from '@tillproof/shared/api/agreements.ts'

export type AgreementState = 'inForce' | 'before' | 'later' | 'waiting' | 'superseded'

/** @param all every version that the reader sees */
export function agreementState(
  { id, version, effectiveFrom }: Agreement,
  all: readonly Agreement[],
  nowMs: number,
): AgreementState {
  const newer = all.filter(each => each.id === id && each.version > version)
  const isReplaced = newer.some(
    each => each.effectiveFrom !== null && Date.parse(each.effectiveFrom) <= nowMs,
  )
  if (effectiveFrom === null) {
    return newer.some(each => each.effectiveFrom !== null) ? 'superseded' : 'waiting'
  }
  if (Date.parse(effectiveFrom) > nowMs) return isReplaced ? 'superseded' : 'later'
  return isReplaced ? 'before' : 'inForce'
}
