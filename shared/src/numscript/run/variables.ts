/** The values of a script's variables: from what the caller gives, or from their origin. */

import { refuse } from '../fault.ts'
import type { Call, Declaration, ValueType } from '../syntax.ts'
import { isValueType, parseValue, type Value, withArticle } from '../value.ts'
import type { Balances } from './balances.ts'
import { type Environment, evaluate, evaluateAddress, evaluateAs } from './evaluate.ts'

/** Account → key → text; variables by name without the `$`. All as texts, see value.ts. */
export type Metadata = Readonly<Record<string, Readonly<Record<string, string>>>>
export type GivenVariables = Readonly<Record<string, string>>

/** Throws a Refusal at the declaration. Variables that the script does not declare are not read. */
export function bindVariables(
  declarations: readonly Declaration[],
  given: GivenVariables,
  metadata: Metadata,
  balances: Balances,
): Map<string, Value> {
  const variables = new Map<string, Value>()
  const environment = { variables, balances }
  for (const declaration of declarations) {
    variables.set(declaration.name, valueFor(declaration, given, metadata, environment))
  }
  return variables
}

function valueFor(
  declaration: Declaration,
  given: GivenVariables,
  metadata: Metadata,
  environment: Environment,
): Value {
  const { name, type, typeSpan, origin, span } = declaration
  if (!isValueType(type)) {
    return refuse('script.variable-type', `there is no type \`${type}\``, typeSpan)
  }
  if (origin?.kind === 'call' && origin.name === 'meta') {
    return readMetadata(type, origin, metadata, environment)
  }
  if (origin !== undefined) return evaluate(origin, environment)
  const text = Object.hasOwn(given, name) ? given[name] : undefined
  if (text === undefined) return refuse('script.variable-missing', `$${name} has no value`, span)
  const problem = `$${name} is ${withArticle(type)}, and ${quote(text)} is not`
  return parseValue(type, text) ?? refuse('script.variable-value', problem, span)
}

function readMetadata(
  type: ValueType,
  { args, span }: Call,
  metadata: Metadata,
  environment: Environment,
): Value {
  const [account, key] = args
  if (!account || !key) return refuse('script.arguments', '`meta` takes 2 arguments', span)
  const address = evaluateAddress(account, environment)
  const { string } = evaluateAs('string', key, environment)
  const entries = Object.hasOwn(metadata, address) ? metadata[address] : undefined
  const text = entries && Object.hasOwn(entries, string) ? entries[string] : undefined
  if (text === undefined) {
    return refuse('script.metadata-missing', `${address} has no ${quote(string)}`, span)
  }
  const found = `${quote(string)} of ${address} is ${quote(text)}`
  const problem = `${found}, which is not ${withArticle(type)}`
  return parseValue(type, text) ?? refuse('script.variable-value', problem, span)
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
