/**
 * Puts sniffed blocks back into the order of the bus. The adapter's two receivers hand their blocks
 * over independently, so an answer may be told before its question.
 *
 *   told:  7730 peripheral, 7672 master │ 8766 …        a block leaves when nothing earlier can
 *   given: 7672 master, 7730 peripheral │               still come: WINDOW after it
 *
 * A time that falls far means that the adapter began anew (or its counter turned over): what is
 * held leaves first.
 */
import type { Sniffed } from './sniff-line.ts'

/** The documentation speaks of a few milliseconds and excludes 50. */
export const REORDER_WINDOW_TENTH_MS = 500
/** Silence of the adapter after which nothing held can be overtaken any more, in milliseconds. */
export const REORDER_SILENCE_MS = 60
/** A bus carries no more blocks than this in a window; more is a babbling adapter. */
const MAX_HELD = 256

export type Reorder = {
  /** Takes a block, returns those whose turn has come, in order. */
  push(block: Sniffed): Sniffed[]
  /** The adapter fell silent or is gone: everything held, in order. */
  flush(): Sniffed[]
  held(): number
}

export function reorderBlocks(): Reorder {
  /** Ascending by time; equal times in the order they were told. */
  let waiting: Sniffed[] = []
  let newest = Number.NEGATIVE_INFINITY

  function push(block: Sniffed): Sniffed[] {
    const restarted = block.atTenthMs < newest - REORDER_WINDOW_TENTH_MS ? flush() : []
    newest = Math.max(newest, block.atTenthMs)
    const place = waiting.findLastIndex(it => it.atTenthMs <= block.atTenthMs) + 1
    waiting.splice(place, 0, block)
    return [...restarted, ...release()]
  }

  function release(): Sniffed[] {
    const due = waiting.findIndex(it => it.atTenthMs > newest - REORDER_WINDOW_TENTH_MS)
    const count = Math.max(due === -1 ? waiting.length : due, waiting.length - MAX_HELD)
    return waiting.splice(0, count)
  }

  function flush(): Sniffed[] {
    const all = waiting
    waiting = []
    newest = Number.NEGATIVE_INFINITY
    return all
  }

  return { push, flush, held: () => waiting.length }
}
