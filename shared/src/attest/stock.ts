/**
 * Goods against sales: what people found at each visit has to be what was there after the count
 * before, with what was filled in, less what was taken out and sold. Pure.
 *
 *     counted 10, added 20      3 sold      counted 26: one is missing
 *        |---------------------------------------|
 */
import { goodsError } from './conservation.ts'

export type StockLine = {
  slot: string
  /** Found before anything was filled in or taken out; null: not counted. */
  counted: number | null
  added: number
  removed: number
}
export type StockVisit = {
  lines: readonly StockLine[]
  /** Pieces sold by slot since the visit before. */
  sold: ReadonlyMap<string, number>
}
/** A slot that was counted at two visits. `error`: pieces missing, or too many (negative). */
export type SlotCheck = {
  slot: string
  opening: number
  refilled: number
  removed: number
  sold: number
  counted: number
  error: number
  /** More than there could be if nothing at all had been sold. */
  hasRisen: boolean
}

type Running = Omit<SlotCheck, 'slot' | 'counted' | 'error' | 'hasRisen'>

/** For each visit, oldest first, the slots that were counted then and before. */
export function checkStock(visits: readonly StockVisit[]): SlotCheck[][] {
  const running = new Map<string, Running>()
  return visits.map(({ lines, sold }) => {
    for (const [slot, pieces] of sold) {
      const known = running.get(slot)
      if (known !== undefined) known.sold += pieces
    }
    return lines.flatMap(line => checkSlot(running, line))
  })
}

function checkSlot(
  running: Map<string, Running>,
  { slot, counted, added, removed }: StockLine,
): SlotCheck[] {
  const known = running.get(slot)
  if (counted === null) {
    if (known !== undefined) {
      known.refilled += added
      known.removed += removed
    }
    return []
  }
  running.set(slot, { opening: counted + added - removed, refilled: 0, removed: 0, sold: 0 })
  if (known === undefined) return []
  const error = goodsError({ ...known, closing: counted }, known.sold)
  const hasRisen = counted > known.opening + known.refilled - known.removed
  return [{ slot, ...known, counted, error, hasRisen }]
}
