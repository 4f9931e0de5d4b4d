/**
 * Questions of the master with the answers they got, from sniffed blocks in order of time.
 *
 *   12 ──▶ data ──▶ ACK        an answer counts when the master took it
 *   13… ─▶ ACK                 a command counts as heard when the peripheral took it
 *   12 ──▶ data ──▶ RET, NAK   not taken: the peripheral says it again
 *   12 ──▶ (nothing)           nobody there, or not now
 *
 * A peripheral's block does not say whose it is; it belongs to the last command, and only when it
 * follows in time. After a damaged block nobody knows what was asked, so no answer is taken.
 */
import type { Sniffed } from './sniff-line.ts'

export type Exchange = {
  atTenthMs: number
  command: number
  data: Uint8Array
  answer: 'ack' | 'nak' | 'none' | Uint8Array
  /** The master took the answer; without it the same answer comes again. */
  taken: boolean
}

/** The question that waits for its answer. */
export type Pending = Exchange | null

/** Answers begin within 5 ms (section 2.5); blocks of slow adapters are stamped a little late. */
const ANSWER_WITHIN_TENTH_MS = 200
/** 11 bits at 9600 baud. */
const BYTE_TENTH_MS = 11.46

/** The exchanges that `block` completes, and what is pending after it. */
export function pairBlock(
  pending: Pending,
  block: Sniffed,
): { pending: Pending; done: Exchange[] } {
  const left = pending === null ? [] : [pending]
  switch (block.says) {
    case 'command': {
      const { atTenthMs, command, data } = block
      return { pending: { atTenthMs, command, data, answer: 'none', taken: false }, done: left }
    }
    case 'damaged':
      return { pending: null, done: left }
    case 'data':
      if (pending === null || !isInTime(pending, block)) return { pending, done: [] }
      return { pending: { ...pending, answer: block.data }, done: [] }
    case 'ack':
    case 'nak':
    case 'ret':
      return pairSign(pending, block.from, block.says)
  }
}

function pairSign(
  pending: Pending,
  from: 'master' | 'peripheral',
  sign: 'ack' | 'nak' | 'ret',
): { pending: Pending; done: Exchange[] } {
  if (pending === null) return { pending, done: [] }
  if (from === 'peripheral') {
    return sign === 'ret'
      ? { pending, done: [] }
      : { pending: null, done: [{ ...pending, answer: sign, taken: true }] }
  }
  if (sign === 'ack') return { pending: null, done: [{ ...pending, taken: true }] }
  return { pending: { ...pending, answer: 'none' }, done: [] }
}

function isInTime(asked: Exchange, { atTenthMs }: Sniffed): boolean {
  const afterTenthMs = atTenthMs - asked.atTenthMs
  const sentTenthMs = (asked.data.length + 2) * BYTE_TENTH_MS
  return afterTenthMs >= 0 && afterTenthMs <= sentTenthMs + ANSWER_WITHIN_TENTH_MS
}
