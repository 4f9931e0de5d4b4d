/**
 * What of the wider language is supported only when declared, and what not at all. Everything
 * experimental is refused by its published name and at its place, so that a script that runs here
 * means the same everywhere.
 */
import { refuse } from './fault.ts'
import type { Span } from './span.ts'

export const OVERDRAFT_FUNCTION = 'experimental-overdraft-function'
export const MID_SCRIPT_CALL = 'experimental-mid-script-function-call'

/** Declared by `#![feature("…")]` at the head of a script, or by who runs it. */
const SUPPORTED: ReadonlySet<string> = new Set([OVERDRAFT_FUNCTION, MID_SCRIPT_CALL])

/** Words and functions of experimental features that this interpreter does not have. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['oneof', 'experimental-oneof'],
  ['if', 'conditional sources and destinations'],
  ['else', 'conditional sources and destinations'],
  ['with', 'experimental-asset-scaling'],
  ['scaling', 'experimental-asset-scaling'],
  ['through', 'experimental-asset-scaling'],
  ['virtual', 'experimental-virtual-account'],
  ['get_asset', 'experimental-get-asset-function'],
  ['get_amount', 'experimental-get-amount-function'],
  ['min_of', 'experimental-min-of-function'],
  ['max_of', 'experimental-max-of-function'],
  ['multiply', 'experimental-multiply-of-function'],
])

/** Refuses `word` when it belongs to an experimental feature. */
export function refuseExperimental(word: string, span: Span): void {
  const feature = UNSUPPORTED.get(word)
  if (feature === undefined) return
  refuse('script.feature', `\`${word}\` needs "${feature}", which is not supported`, span)
}

/** Refuses a feature's declaration unless it is one of ours. */
export function requireSupported(feature: string, span: Span): void {
  if (SUPPORTED.has(feature)) return
  refuse('script.feature', `the feature "${feature}" is not supported`, span)
}

/** Says what is wrong with the character at `at`, by the feature's name where it begins one. */
export function refuseCharacter(text: string, at: number): never {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const span = { start: at, end: at + character.length }
  const rest = text.slice(at, at + 3)
  if (/^[@:]\$[a-z_]?/.test(rest)) {
    const message =
      'a variable inside an account needs "experimental-account-interpolation", ' +
      'which is not supported'
    return refuse('script.feature', message, span)
  }
  if (character === '\\') {
    const message = '`\\` needs "experimental-asset-colors", which is not supported'
    return refuse('script.feature', message, span)
  }
  return refuse('script.character', explain(character), span)
}

function explain(character: string): string {
  if (character === '"') return 'this string has no end on its line'
  if (character === '$') return 'a variable’s name is small letters, digits and _'
  if (character === '@' || character === ':') {
    return 'an account is @ and parts of letters, digits, - and _, with : between them'
  }
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const isShown = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)
  return `the character ${isShown ? `"${character}"` : `U+${code}`} has no meaning here`
}
