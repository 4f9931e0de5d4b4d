/** The words for values inside a sentence: amounts, accounts, portions, sums. */
import { WORLD } from '../run/balances.ts'
import type { Call, Expression } from '../syntax.ts'
import type { Phrases } from './phrases.ts'

/** Names that the reader knows; undefined for those that are shown as the script has them. */
export type Names = {
  account?: (address: string) => string | undefined
  variable?: (name: string) => string | undefined
}

export type Telling = { phrases: Phrases; names: Names; text: string }

const MAX_DECIMALS = 18

export function tell(expression: Expression, telling: Telling): string {
  switch (expression.kind) {
    case 'variable':
      return tellVariable(expression.name, telling)
    case 'account':
      return tellAccount(expression.address, telling)
    case 'asset':
      return currencyOf(expression.asset)
    case 'number':
      return String(expression.number)
    case 'string':
      return telling.phrases.named(expression.string)
    case 'portion':
      return tellPercentage(expression, telling)
    case 'monetary':
      return tellMonetary(expression.asset, expression.amount, telling)
    case 'negation':
      return `−${tell(expression.operand, telling)}`
    case 'chain':
      return tellChain(expression, telling)
    case 'call':
      return tellCall(expression, telling)
  }
}

export function tellVariable(name: string, { phrases, names }: Telling): string {
  return phrases.named(names.variable?.(name) ?? name.replaceAll('_', ' ').trim())
}

function tellAccount(address: string, { phrases, names }: Telling): string {
  return names.account?.(address) ?? (address === WORLD ? phrases.world : address)
}

/** The author's digits: 12.50% stays 12.50. */
function tellPercentage({ span }: Expression, { phrases, text }: Telling): string {
  return phrases.percentage(text.slice(span.start, span.end).replace('%', ''))
}

function tellMonetary(asset: Expression, amount: Expression, telling: Telling): string {
  const number = constant(amount)
  if (asset.kind !== 'asset') return `${tell(asset, telling)} ${tell(amount, telling)}`
  if (number === undefined) return `${tell(amount, telling)} × ${formatAmount(asset.asset, 1n)}`
  return formatAmount(asset.asset, number)
}

function constant(expression: Expression): bigint | undefined {
  if (expression.kind === 'number') return expression.number
  if (expression.kind !== 'negation') return undefined
  const operand = constant(expression.operand)
  return operand === undefined ? undefined : -operand
}

function tellChain({ first, links }: Expression & { kind: 'chain' }, telling: Telling): string {
  const signs = { '+': ' + ', '-': ' − ', '/': '/' }
  const rest = links.map(({ operator, operand }) => {
    const told = tell(operand, telling)
    return `${signs[operator]}${operand.kind === 'chain' ? `(${told})` : told}`
  })
  const told = tell(first, telling)
  return `${first.kind === 'chain' ? `(${told})` : told}${rest.join('')}`
}

function tellCall({ name, args }: Call, telling: Telling): string {
  const { phrases } = telling
  const [first = '', second = ''] = args.map(argument => tell(argument, telling))
  if (name === 'balance') return phrases.balanceOf(first, second)
  if (name === 'overdraft') return phrases.overdraftOf(first, second)
  const key = args[1]?.kind === 'string' ? args[1].string : second
  return phrases.recordOf(key, first)
}

/** CNY/2 350 is "CNY 3.50"; decimals beyond any currency's are left to the asset. */
function formatAmount(asset: string, amount: bigint): string {
  const decimals = Number(asset.split('/')[1] ?? 0)
  if (decimals > MAX_DECIMALS) return `${asset} ${amount}`
  const sign = amount < 0n ? '−' : ''
  const digits = String(amount < 0n ? -amount : amount).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`
  return `${currencyOf(asset)} ${sign}${whole}${fraction}`
}

function currencyOf(asset: string): string {
  const [currency = '', decimals = '0'] = asset.split('/')
  return Number(decimals) > MAX_DECIMALS ? asset : currency
}
