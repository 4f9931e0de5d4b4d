/**
 * The sentences in which a script is told to somebody who does not read it. A language is one
 * object of this shape; who and how much arrive as finished words.
 */
import type { ValueType } from '../syntax.ts'

export type Language = 'en' | 'zh-CN'

/** How much of what is at hand: all, a capped part, a portion, what has not been given yet. */
export type Quantity =
  | { kind: 'all' }
  | { kind: 'rest' }
  | { kind: 'upTo'; amount: string }
  | { kind: 'portion'; portion: string }
  | { kind: 'limited'; quantity: Quantity; amount: string }

export type Overdraft = { kind: 'none' } | { kind: 'unbounded' } | { kind: 'upTo'; amount: string }

export type Phrases = {
  world: string
  types: Record<ValueType, string>
  percentage(digits: string): string
  /** a name in quotation marks */
  named(name: string): string
  given(variable: string, type: string): string
  defined(variable: string, value: string): string
  balanceOf(account: string, asset: string): string
  overdraftOf(account: string, asset: string): string
  recordOf(key: string, account: string): string
  everythingIn(asset: string): string
  send(what: string): string
  sendTo(what: string, source: string, destination: string): string
  save(what: string, account: string): string
  noteOnTransaction(key: string, value: string): string
  noteOnAccount(account: string, key: string, value: string): string
  /** put before the clause at `index` of a list that is worked off in order */
  inOrder(index: number, clause: string): string
  gets(who: string, quantity: Quantity): string
  stays(quantity: Quantity): string
  isSharedOut(quantity: Quantity): string
  from(who: string, quantity: Quantity, overdraft: Overdraft): string
  fromSeveral(quantity: Quantity, isInOrder: boolean): string
  /** what stands for itself: ends with a full stop */
  sentence(clause: string): string
  /** what the lines below belong to: ends with a colon */
  heading(clause: string): string
}
