/**
 * The language's functions: what each takes, what it gives, and where it may stand. One table for
 * the check before a run and for the run itself.
 */
import { OVERDRAFT_FUNCTION } from './features.ts'
import type { ValueType } from './syntax.ts'

export type Signature = {
  /** 'any': a value of whichever type. */
  takes: readonly (ValueType | 'any')[]
  /** 'declared': the type of the variable it is the origin of; 'nothing': it is a statement. */
  gives: ValueType | 'declared' | 'nothing'
  /** The experimental feature that has to be declared for it. */
  feature?: string
}

const SIGNATURES: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ['balance', { takes: ['account', 'asset'], gives: 'monetary' }],
  ['meta', { takes: ['account', 'string'], gives: 'declared' }],
  ['overdraft', { takes: ['account', 'asset'], gives: 'monetary', feature: OVERDRAFT_FUNCTION }],
  ['set_tx_meta', { takes: ['string', 'any'], gives: 'nothing' }],
  ['set_account_meta', { takes: ['account', 'string', 'any'], gives: 'nothing' }],
])

export function signatureOf(name: string): Signature | undefined {
  return SIGNATURES.get(name)
}
