/**
 * The type of every expression, before anything runs. A fault is noted once: what depends on a
 * faulty part has no type (undefined) and is not complained about again.
 */
import { MID_SCRIPT_CALL } from '../features.ts'
import { type Signature, signatureOf } from '../functions.ts'
import type { Call, Expression, Link, ValueType } from '../syntax.ts'
import { withArticle } from '../value.ts'
import type { Scope } from './scope.ts'

/** Where an expression stands decides which functions it may be. */
export type Place = { origin: ValueType | undefined } | 'statement' | 'inside'

export function typeOf(
  expression: Expression,
  scope: Scope,
  place: Place = 'inside',
): ValueType | undefined {
  switch (expression.kind) {
    case 'variable':
      return typeOfVariable(expression, scope)
    case 'monetary':
      expectType(expression.asset, 'asset', scope)
      expectType(expression.amount, 'number', scope)
      return 'monetary'
    case 'negation':
      return expectAmount(expression.operand, scope)
    case 'chain':
      return typeOfChain(expression.first, expression.links, scope)
    case 'call':
      return typeOfCall(expression, scope, place)
    case 'account':
    case 'asset':
    case 'number':
    case 'portion':
    case 'string':
      return expression.kind
  }
}

/** Notes a fault when the expression is of another type. */
export function expectType(expression: Expression, expected: ValueType, scope: Scope): void {
  const found = typeOf(expression, scope)
  if (found === undefined || found === expected) return
  const message = `expected ${withArticle(expected)}, but this is ${withArticle(found)}`
  scope.fault('script.type', message, expression.span)
}

function typeOfVariable({ name, span }: Expression & { kind: 'variable' }, scope: Scope) {
  if (scope.types.has(name)) return scope.types.get(name)
  return scope.fault('script.variable-undeclared', `$${name} is not declared`, span)
}

/** A number or a monetary: what can be added, subtracted and negated. */
function expectAmount(expression: Expression, scope: Scope): ValueType | undefined {
  const type = typeOf(expression, scope)
  if (type === undefined || type === 'number' || type === 'monetary') return type
  const message = `expected a number or a monetary, but this is ${withArticle(type)}`
  return scope.fault('script.type', message, expression.span)
}

function typeOfChain(first: Expression, links: Link[], scope: Scope): ValueType | undefined {
  const [second, third] = links
  if (second?.operator === '/') {
    expectType(first, 'number', scope)
    expectType(second.operand, 'number', scope)
    if (third === undefined) return 'portion'
    return scope.fault('script.type', 'a portion cannot be divided again', third.span)
  }
  const type = expectAmount(first, scope)
  for (const { operand } of links) {
    if (type === undefined) expectAmount(operand, scope)
    else expectType(operand, type, scope)
  }
  return type
}

function typeOfCall(call: Call, scope: Scope, place: Place): ValueType | undefined {
  const signature = signatureOf(call.name)
  if (signature === undefined) {
    return scope.fault('script.function', `there is no function \`${call.name}\``, call.span)
  }
  checkArguments(call, signature, scope)
  checkFeatures(call, signature, scope, place)
  const { gives } = signature
  if (gives === 'nothing') {
    if (place === 'statement') return undefined
    return scope.fault('script.type', `\`${call.name}\` is a statement, not a value`, call.span)
  }
  if (place === 'statement') {
    const message = `\`${call.name}\` gives a value and cannot stand alone`
    return scope.fault('script.type', message, call.span)
  }
  if (gives !== 'declared') return gives
  if (typeof place === 'object') return place.origin
  const message = `\`${call.name}\` can only be the origin of a variable, alone after \`=\``
  return scope.fault('script.type', message, call.span)
}

function checkArguments({ name, args, span }: Call, { takes }: Signature, scope: Scope): void {
  if (args.length !== takes.length) {
    const message = `\`${name}\` takes ${takes.length} arguments, here are ${args.length}`
    scope.fault('script.arguments', message, span)
  }
  for (const [index, argument] of args.entries()) {
    const expected = takes[index] ?? 'any'
    if (expected === 'any') typeOf(argument, scope)
    else expectType(argument, expected, scope)
  }
}

/** balance() and overdraft() in mid-script are a feature of their own. */
function checkFeatures(call: Call, { feature, gives }: Signature, scope: Scope, place: Place) {
  const isMidScript = place === 'inside' && gives === 'monetary'
  for (const needed of [feature, isMidScript ? MID_SCRIPT_CALL : undefined]) {
    if (needed === undefined || scope.features.has(needed)) continue
    const what = needed === MID_SCRIPT_CALL ? `\`${call.name}\` outside vars` : `\`${call.name}\``
    const message = `${what} needs the experimental feature "${needed}", which is not declared`
    scope.fault('script.feature', message, call.span)
  }
}
