/** Expressions → values, with the variables and balances of one run. */

import { refuse } from '../fault.ts'
import { type Rational, reduce } from '../rational.ts'
import type { Span } from '../span.ts'
import type { Call, Expression, Link, ValueType } from '../syntax.ts'
import { type Value, type ValueOf, withArticle } from '../value.ts'
import type { Balances } from './balances.ts'

export type Environment = { variables: Map<string, Value>; balances: Balances }

export function evaluate(expression: Expression, environment: Environment): Value {
  switch (expression.kind) {
    case 'account':
      return { type: 'account', address: expression.address }
    case 'asset':
      return { type: 'asset', asset: expression.asset }
    case 'number':
      return { type: 'number', number: expression.number }
    case 'portion':
      return { type: 'portion', portion: expression.portion }
    case 'string':
      return { type: 'string', string: expression.string }
    case 'variable':
      return variableOf(expression.name, expression.span, environment)
    case 'monetary': {
      const { asset } = evaluateAs('asset', expression.asset, environment)
      const { number } = evaluateAs('number', expression.amount, environment)
      return { type: 'monetary', asset, amount: number }
    }
    case 'negation':
      return negate(evaluate(expression.operand, environment), expression.operand.span)
    case 'chain': {
      const first = evaluate(expression.first, environment)
      const step = (left: Value, link: Link) => combine(left, link, environment)
      return expression.links.reduce(step, first)
    }
    case 'call':
      return evaluateCall(expression, environment)
  }
}

/** The value of an expression that has to be of one type. */
export function evaluateAs<T extends ValueType>(
  type: T,
  expression: Expression,
  environment: Environment,
): ValueOf<T> {
  return asType(type, evaluate(expression, environment), expression.span)
}

/** The amount of a monetary that has to be in `asset`. */
export function evaluateIn(
  asset: string,
  expression: Expression,
  environment: Environment,
): bigint {
  const monetary = evaluateAs('monetary', expression, environment)
  expectAsset(asset, monetary.asset, expression.span)
  return monetary.amount
}

export function evaluateAddress(expression: Expression, environment: Environment): string {
  return evaluateAs('account', expression, environment).address
}

function variableOf(name: string, span: Span, { variables }: Environment): Value {
  return (
    variables.get(name) ?? refuse('script.variable-undeclared', `$${name} is not declared`, span)
  )
}

function asType<T extends ValueType>(type: T, value: Value, span: Span): ValueOf<T> {
  if (isOfType(value, type)) return value
  const message = `expected ${withArticle(type)}, but this is ${withArticle(value.type)}`
  return refuse('script.type', message, span)
}

function isOfType<T extends ValueType>(value: Value, type: T): value is ValueOf<T> {
  return value.type === type
}

function expectAsset(expected: string, found: string, span: Span): void {
  if (found === expected) return
  refuse('script.asset', `expected an amount of ${expected}, but this is ${found}`, span)
}

function negate(value: Value, span: Span): Value {
  if (value.type === 'monetary') return { ...value, amount: -value.amount }
  return { type: 'number', number: -asType('number', value, span).number }
}

function combine(left: Value, { operator, operand, span }: Link, environment: Environment): Value {
  const right = evaluate(operand, environment)
  if (operator === '/') {
    const above = asType('number', left, span).number
    const below = asType('number', right, operand.span).number
    return { type: 'portion', portion: quotient(above, below, operand.span) }
  }
  const sign = operator === '+' ? 1n : -1n
  if (left.type === 'monetary') {
    const { asset, amount } = asType('monetary', right, operand.span)
    expectAsset(left.asset, asset, operand.span)
    return { type: 'monetary', asset, amount: left.amount + sign * amount }
  }
  const addend = asType('number', right, operand.span).number
  return { type: 'number', number: asType('number', left, span).number + sign * addend }
}

function quotient(numerator: bigint, denominator: bigint, span: Span): Rational {
  if (denominator === 0n) refuse('script.divide-by-zero', `${numerator}/0 is no portion`, span)
  return reduce({ numerator, denominator })
}

/** `meta` is not here: it reads by the declared type, see variables.ts. */
function evaluateCall(call: Call, environment: Environment): Value {
  const [account, of] = call.args
  const isKnown = call.name === 'balance' || call.name === 'overdraft'
  if (!isKnown || !account || !of) {
    return refuse('script.function', `\`${call.name}\` gives no value here`, call.span)
  }
  const address = evaluateAddress(account, environment)
  const { asset } = evaluateAs('asset', of, environment)
  const amount = environment.balances.read(address, asset)
  if (call.name === 'overdraft') {
    return { type: 'monetary', asset, amount: amount < 0n ? -amount : 0n }
  }
  if (amount < 0n) {
    refuse('script.negative-balance', `${address} is overdrawn: ${asset} ${amount}`, call.span)
  }
  return { type: 'monetary', asset, amount }
}
