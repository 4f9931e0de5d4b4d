/**
 * The shape of a parsed script. Every node knows its place in the text; parentheses leave no trace.
 */
import type { Token } from './parse/lexer.ts'
import type { Rational } from './rational.ts'
import type { Span } from './span.ts'

export type ValueType = 'account' | 'asset' | 'number' | 'monetary' | 'portion' | 'string'

export type Expression = { span: Span } & (
  | { kind: 'variable'; name: string }
  | { kind: 'account'; address: string }
  | { kind: 'asset'; asset: string }
  | { kind: 'number'; number: bigint }
  | { kind: 'portion'; portion: Rational }
  | { kind: 'string'; string: string }
  | { kind: 'monetary'; asset: Expression; amount: Expression }
  | { kind: 'negation'; operand: Expression }
  | { kind: 'chain'; first: Expression; links: Link[] }
  | Call
)

/** Operands from left to right: a flat list, so that a long sum is not a deep tree. */
export type Link = { operator: '+' | '-' | '/'; operand: Expression; span: Span }

export type Call = { kind: 'call'; name: string; args: Expression[]; span: Span }

/** `type` is checked later, so that its fault is one among others. */
export type Declaration = {
  name: string
  type: string
  typeSpan: Span
  origin: Expression | undefined
  span: Span
}

/** `[CNY/2 350]`, or `[CNY/2 *]` for everything there is. */
export type Sent = { span: Span } & (
  | { kind: 'amount'; amount: Expression }
  | { kind: 'all'; asset: Expression }
)

export type Source = { span: Span } & (
  | { kind: 'account'; address: Expression; overdraft: 'none' | 'unbounded' | Expression }
  | { kind: 'capped'; cap: Expression; from: Source }
  | { kind: 'ordered'; sources: Source[] }
  | { kind: 'allotment'; items: Allotted<Source>[] }
)

export type Destination = { span: Span } & (
  | { kind: 'account'; address: Expression }
  | { kind: 'ordered'; clauses: { cap: Expression; target: Target }[]; remaining: Target }
  | { kind: 'allotment'; items: Allotted<Target>[] }
)

/** Where a part goes: on to a destination, or back to where it came from. */
export type Target = { kind: 'kept'; span: Span } | { kind: 'to'; destination: Destination }

export type Allotted<T> = { portion: Expression | 'remaining'; of: T; span: Span }

export type Statement = { span: Span } & (
  | { kind: 'send'; sent: Sent; source: Source; destination: Destination }
  | { kind: 'save'; sent: Sent; from: Expression }
  | { kind: 'call'; call: Call }
)

/** What the formatter needs beside the tokens: token starts, by what happens there. */
export type Layout = {
  /** a declaration, statement, clause or list item begins */
  lines: Set<number>
  /** a block opens or closes: more or less indented from here on */
  opens: Set<number>
  closes: Set<number>
  /** a minus that is a sign; a parenthesis that follows its function's name */
  signs: Set<number>
  calls: Set<number>
  /** the slash between two written numbers: `1/3` */
  ratios: Set<number>
}

export type Script = {
  text: string
  tokens: Token[]
  layout: Layout
  features: ReadonlySet<string>
  declarations: Declaration[]
  statements: Statement[]
}
