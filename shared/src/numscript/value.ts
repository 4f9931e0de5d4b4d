/**
 * Values of a running script, read from the texts in which variables and metadata are given
 * ("CNY/2 350", "15%", "users:001") and written as the texts in which metadata is kept.
 */
import { formatRational, isShare, parsePortion, type Rational } from './rational.ts'
import type { ValueType } from './syntax.ts'

export type Value =
  | { type: 'account'; address: string }
  | { type: 'asset'; asset: string }
  | { type: 'number'; number: bigint }
  | { type: 'monetary'; asset: string; amount: bigint }
  | { type: 'portion'; portion: Rational }
  | { type: 'string'; string: string }

export type ValueOf<T extends ValueType> = Extract<Value, { type: T }>

const VALUE_TYPES: readonly string[] = [
  'account',
  'asset',
  'number',
  'monetary',
  'portion',
  'string',
] satisfies ValueType[]

const ADDRESS = /^[A-Za-z0-9_-]+(?::[A-Za-z0-9_-]+)*$/
const ASSET = /^[A-Z][A-Z0-9]*(?:\/\d+)?$/
const NUMBER = /^-?\d{1,100}$/

export function isValueType(name: string): name is ValueType {
  return VALUE_TYPES.includes(name)
}

/** @returns undefined when the text is no value of the type; the forms are in docs/numscript.md. */
export function parseValue(type: ValueType, text: string): Value | undefined {
  switch (type) {
    case 'account':
      return ADDRESS.test(text) ? { type, address: text } : undefined
    case 'asset':
      return ASSET.test(text) ? { type, asset: text } : undefined
    case 'number':
      return NUMBER.test(text) ? { type, number: BigInt(text) } : undefined
    case 'monetary':
      return parseMonetary(text)
    case 'portion': {
      const portion = parsePortion(text)
      return portion && isShare(portion) ? { type, portion } : undefined
    }
    case 'string':
      return { type, string: text }
  }
}

function parseMonetary(text: string): Value | undefined {
  const [asset = '', amount = '', ...rest] = text.split(' ')
  const isMonetary = rest.length === 0 && ASSET.test(asset) && NUMBER.test(amount)
  return isMonetary ? { type: 'monetary', asset, amount: BigInt(amount) } : undefined
}

/** The text that {@link parseValue} reads back, and that goes into metadata. */
export function formatValue(value: Value): string {
  switch (value.type) {
    case 'account':
      return value.address
    case 'asset':
      return value.asset
    case 'number':
      return String(value.number)
    case 'monetary':
      return `${value.asset} ${value.amount}`
    case 'portion':
      return formatRational(value.portion)
    case 'string':
      return value.string
  }
}

/** "an account", "a number": for sentences. */
export function withArticle(type: ValueType): string {
  return type === 'account' || type === 'asset' ? `an ${type}` : `a ${type}`
}
