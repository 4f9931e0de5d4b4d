/**
 * Everything that can be wrong with a script or its inputs, as one closed union. A fault names the
 * place in the script; `describeFault` shows it as a compiler does. Inside this folder a fault
 * travels as a thrown {@link Refusal}; the folder's doors catch it and return the fault.
 */
import { TillproofError } from '../errors.ts'
import { excerptOf, positionOf, type Span } from './span.ts'

/** What to do about each kind of fault. */
const NEXT = {
  'script.too-long': 'Split the script: an agreement’s script is a page, not a book.',
  'script.too-deep': 'Nest less deeply, or make two statements of one.',
  'script.character': 'Remove the character, or put it into a "string" or a comment.',
  'script.syntax': 'Correct the script at this place; docs/numscript.md shows each form.',
  'script.feature': 'Write it without this feature; docs/numscript.md lists what is supported.',
  'script.number': 'Use a smaller number.',
  'script.function': 'Use one of the functions in docs/numscript.md.',
  'script.arguments': 'Give the function the arguments that docs/numscript.md names.',
  'script.variable-type': 'Use account, asset, number, monetary, portion or string.',
  'script.variable-undeclared': 'Declare the variable in the vars block, before it is used.',
  'script.variable-twice': 'Give each variable a name of its own.',
  'script.variable-missing': 'Give the variable a value.',
  'script.variable-value': 'Give the variable a value of its type.',
  'script.type': 'Put a value of the expected type here.',
  'script.asset': 'Use one asset throughout a send statement.',
  'script.portion': 'Portions lie between 0 and 1, with at most 36 digits above and below.',
  'script.portions-sum': 'Let the portions add up to 1, or add `remaining`.',
  'script.divide-by-zero': 'Divide by a number that is not zero.',
  'script.negative-amount': 'Send or save zero or more.',
  'script.negative-balance': 'balance() reads accounts that are not overdrawn.',
  'script.metadata-missing': 'Set this metadata on the account first.',
  'script.send-all': 'Send a fixed amount, or put `max … from` before this source.',
  'script.missing-funds': 'Lower the amount, add a source or allow an overdraft.',
} as const

export type FaultCode = keyof typeof NEXT

export type ScriptFault = {
  code: FaultCode
  message: string
  span: Span
  /** Only with `script.missing-funds`: what the source had to give, in minor units. */
  funds?: { asset: string; needed: bigint; available: bigint }
}

export class Refusal extends TillproofError {
  readonly fault: ScriptFault

  constructor(fault: ScriptFault) {
    super(fault.code, fault.message, NEXT[fault.code])
    this.fault = fault
  }
}

export function refuse(code: FaultCode, message: string, span: Span): never {
  throw new Refusal({ code, message, span })
}

/** Runs `work`; a refusal inside becomes the returned fault, anything else goes on upwards. */
export function catchRefusal<T>(work: () => T): { value: T } | { fault: ScriptFault } {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof Refusal) return { fault: error.fault }
    throw error
  }
}

/** The advice that belongs to a fault, one sentence. */
export function adviceFor(fault: ScriptFault): string {
  return NEXT[fault.code]
}

/** `name:line:column: message`, the source line with carets, and what to do. */
export function describeFault(text: string, fault: ScriptFault, name = 'script'): string {
  const { line, column } = positionOf(text, fault.span.start)
  const head = `${name}:${line}:${column}: ${fault.message} (${fault.code})`
  return `${head}\n${excerptOf(text, fault.span)}\n  next: ${adviceFor(fault)}`
}
