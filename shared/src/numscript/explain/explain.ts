/**
 * A script told in plain language, for the parties who sign it: “the site gets 15 %, then …”. What
 * is told follows the script clause by clause, so that reader and machine agree on the order.
 */

import type {
  Call,
  Declaration,
  Destination,
  Expression,
  Script,
  Sent,
  Source,
  Statement,
  Target,
} from '../syntax.ts'
import { isValueType } from '../value.ts'
import { chinese } from './chinese.ts'
import { english } from './english.ts'
import type { Language, Overdraft, Phrases, Quantity } from './phrases.ts'
import { type Names, type Telling, tell, tellVariable } from './values.ts'

/** `depth` 0 is a sentence of its own, deeper lines belong to the last one less deep. */
export type ToldLine = { depth: number; text: string }

const LANGUAGES: Record<Language, Phrases> = { en: english, 'zh-CN': chinese }

export function explainScript(script: Script, language: Language, names: Names = {}): ToldLine[] {
  const teller = new Teller({ phrases: LANGUAGES[language], names, text: script.text })
  for (const declaration of script.declarations) teller.declaration(declaration)
  for (const statement of script.statements) teller.statement(statement)
  return teller.lines
}

/** Lines as text, indented by two spaces and a dash. */
export function formatTold(lines: readonly ToldLine[]): string {
  return lines
    .map(({ depth, text }) => `${'  '.repeat(depth)}${depth > 0 ? '– ' : ''}${text}\n`)
    .join('')
}

type InOrder = (clause: string) => string
const alone: InOrder = clause => clause
const ALL: Quantity = { kind: 'all' }

class Teller {
  readonly lines: ToldLine[] = []
  readonly #telling: Telling
  readonly #phrases: Phrases

  constructor(telling: Telling) {
    this.#telling = telling
    this.#phrases = telling.phrases
  }

  declaration({ name, type, origin }: Declaration): void {
    const variable = tellVariable(name, this.#telling)
    const kind = isValueType(type) ? this.#phrases.types[type] : type
    const told = origin && tell(origin, this.#telling)
    const { defined, given } = this.#phrases
    this.#say(0, told === undefined ? given(variable, kind) : defined(variable, told))
  }

  statement(statement: Statement): void {
    switch (statement.kind) {
      case 'send':
        this.#send(statement)
        return
      case 'call':
        this.#note(statement.call)
        return
      case 'save':
        this.#say(0, this.#phrases.save(this.#sent(statement.sent), this.#tell(statement.from)))
    }
  }

  #send({ sent, source, destination }: Statement & { kind: 'send' }): void {
    const what = this.#sent(sent)
    const isSimple = source.kind === 'account' && source.overdraft === 'none'
    if (isSimple && destination.kind === 'account') {
      const to = this.#tell(destination.address)
      this.#say(0, this.#phrases.sendTo(what, this.#tell(source.address), to))
      return
    }
    this.#head(0, this.#phrases.send(what))
    this.#source(1, source, ALL, alone)
    this.#destination(1, destination, ALL, alone)
  }

  #source(depth: number, source: Source, quantity: Quantity, inOrder: InOrder): void {
    const { from, fromSeveral } = this.#phrases
    switch (source.kind) {
      case 'account': {
        const overdraft = this.#overdraft(source.overdraft)
        this.#say(depth, inOrder(from(this.#tell(source.address), quantity, overdraft)))
        return
      }
      case 'capped':
        this.#source(depth, source.from, limited(quantity, this.#tell(source.cap)), inOrder)
        return
      case 'ordered':
        this.#head(depth, inOrder(fromSeveral(quantity, true)))
        for (const [index, each] of source.sources.entries()) {
          this.#source(depth + 1, each, ALL, this.#order(index))
        }
        return
      case 'allotment':
        this.#head(depth, inOrder(fromSeveral(quantity, false)))
        for (const { portion, of } of source.items) {
          this.#source(depth + 1, of, this.#portion(portion), alone)
        }
    }
  }

  #destination(depth: number, to: Destination, quantity: Quantity, inOrder: InOrder): void {
    if (to.kind === 'account') {
      this.#say(depth, inOrder(this.#phrases.gets(this.#tell(to.address), quantity)))
      return
    }
    this.#head(depth, inOrder(this.#phrases.isSharedOut(quantity)))
    if (to.kind === 'allotment') {
      for (const { portion, of } of to.items) {
        this.#target(depth + 1, of, this.#portion(portion), alone)
      }
      return
    }
    for (const [index, { cap, target }] of to.clauses.entries()) {
      const upTo: Quantity = { kind: 'upTo', amount: this.#tell(cap) }
      this.#target(depth + 1, target, upTo, this.#order(index))
    }
    const isOnly = to.clauses.length === 0
    const order = isOnly ? alone : this.#order(to.clauses.length)
    this.#target(depth + 1, to.remaining, isOnly ? ALL : { kind: 'rest' }, order)
  }

  #target(depth: number, target: Target, quantity: Quantity, inOrder: InOrder): void {
    if (target.kind === 'to') this.#destination(depth, target.destination, quantity, inOrder)
    else this.#say(depth, inOrder(this.#phrases.stays(quantity)))
  }

  #note({ name, args }: Call): void {
    const isOnTransaction = name === 'set_tx_meta'
    const keyAt = args[isOnTransaction ? 0 : 1]
    const told = args.map(argument => this.#tell(argument))
    const key = keyAt?.kind === 'string' ? keyAt.string : (told[isOnTransaction ? 0 : 1] ?? '')
    const value = told.at(-1) ?? ''
    const { noteOnAccount, noteOnTransaction } = this.#phrases
    const clause = isOnTransaction
      ? noteOnTransaction(key, value)
      : noteOnAccount(told[0] ?? '', key, value)
    this.#say(0, clause)
  }

  #sent(sent: Sent): string {
    if (sent.kind === 'amount') return this.#tell(sent.amount)
    return this.#phrases.everythingIn(this.#tell(sent.asset))
  }

  #portion(portion: Expression | 'remaining'): Quantity {
    if (portion === 'remaining') return { kind: 'rest' }
    return { kind: 'portion', portion: this.#tell(portion) }
  }

  #overdraft(overdraft: 'none' | 'unbounded' | Expression): Overdraft {
    if (typeof overdraft === 'string') return { kind: overdraft }
    return { kind: 'upTo', amount: this.#tell(overdraft) }
  }

  #order(index: number): InOrder {
    return clause => this.#phrases.inOrder(index, clause)
  }

  #tell(expression: Expression): string {
    return tell(expression, this.#telling)
  }

  /** Sentences stand at the margin; what belongs to them is a list, without full stops. */
  #say(depth: number, clause: string): void {
    this.lines.push({ depth, text: depth === 0 ? this.#phrases.sentence(clause) : clause })
  }

  #head(depth: number, clause: string): void {
    const text = this.#phrases.heading(clause)
    this.lines.push({ depth, text })
  }
}

function limited(quantity: Quantity, amount: string): Quantity {
  return quantity.kind === 'all' ? { kind: 'upTo', amount } : { kind: 'limited', quantity, amount }
}
