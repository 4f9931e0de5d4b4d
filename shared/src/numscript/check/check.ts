/**
 * The check of a parsed script before it is signed or run: names, types, functions, features, and
 * the portions that can be added up without running.
 */

import type { ScriptFault } from '../fault.ts'
import { MID_SCRIPT_CALL } from '../features.ts'
import type {
  Declaration,
  Destination,
  Script,
  Sent,
  Source,
  Statement,
  Target,
} from '../syntax.ts'
import { isValueType, withArticle } from '../value.ts'
import { expectType, typeOf } from './expression.ts'
import { checkPortions } from './portions.ts'
import { Scope } from './scope.ts'

/** @returns the faults in the order of the text, at most 20; none when the script can be run. */
export function check(script: Script): ScriptFault[] {
  const scope = new Scope(script.features)
  for (const declaration of script.declarations) checkDeclaration(declaration, scope)
  for (const statement of script.statements) checkStatement(statement, scope)
  return scope.faults.toSorted((a, b) => a.span.start - b.span.start)
}

function checkDeclaration(declaration: Declaration, scope: Scope): void {
  const { name, type, typeSpan, span } = declaration
  const known = isValueType(type) ? type : undefined
  if (known === undefined) {
    scope.fault('script.variable-type', `there is no type \`${type}\``, typeSpan)
  }
  checkOrigin(declaration, known, scope)
  if (scope.types.has(name)) {
    scope.fault('script.variable-twice', `$${name} is declared twice`, span)
  }
  scope.types.set(name, known)
}

function checkOrigin(
  { origin }: Declaration,
  type: Parameters<typeof withArticle>[0] | undefined,
  scope: Scope,
) {
  if (origin === undefined) return
  if (origin.kind !== 'call' && !scope.features.has(MID_SCRIPT_CALL)) {
    const message =
      `a variable’s origin is a function; other values need the experimental feature ` +
      `"${MID_SCRIPT_CALL}", which is not declared`
    scope.fault('script.feature', message, origin.span)
  }
  const found = typeOf(origin, scope, { origin: type })
  if (found === undefined || type === undefined || found === type) return
  const message = `expected ${withArticle(type)}, but this is ${withArticle(found)}`
  scope.fault('script.type', message, origin.span)
}

function checkStatement(statement: Statement, scope: Scope): void {
  switch (statement.kind) {
    case 'send':
      checkSent(statement.sent, scope)
      checkSource(statement.source, scope)
      checkDestination(statement.destination, scope)
      return
    case 'save':
      checkSent(statement.sent, scope)
      expectType(statement.from, 'account', scope)
      return
    case 'call':
      typeOf(statement.call, scope, 'statement')
      return
  }
}

function checkSent(sent: Sent, scope: Scope): void {
  if (sent.kind === 'all') expectType(sent.asset, 'asset', scope)
  else expectType(sent.amount, 'monetary', scope)
}

function checkSource(source: Source, scope: Scope): void {
  switch (source.kind) {
    case 'account':
      expectType(source.address, 'account', scope)
      if (typeof source.overdraft === 'object') expectType(source.overdraft, 'monetary', scope)
      return
    case 'capped':
      expectType(source.cap, 'monetary', scope)
      checkSource(source.from, scope)
      return
    case 'ordered':
      for (const each of source.sources) checkSource(each, scope)
      return
    case 'allotment':
      checkPortions(source, scope)
      for (const { of } of source.items) checkSource(of, scope)
      return
  }
}

function checkDestination(destination: Destination, scope: Scope): void {
  switch (destination.kind) {
    case 'account':
      expectType(destination.address, 'account', scope)
      return
    case 'ordered':
      for (const { cap, target } of destination.clauses) {
        expectType(cap, 'monetary', scope)
        checkTarget(target, scope)
      }
      checkTarget(destination.remaining, scope)
      return
    case 'allotment':
      checkPortions(destination, scope)
      for (const { of } of destination.items) checkTarget(of, scope)
      return
  }
}

function checkTarget(target: Target, scope: Scope): void {
  if (target.kind === 'to') checkDestination(target.destination, scope)
}
