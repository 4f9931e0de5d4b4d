/** Windows between two readings of a witness, written down by hand. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agrees, type ClaimedSale, errorOf, type Reading, windowsOf } from './windows.ts'
import type { Witness } from './witness.ts'

const COUNTER: Witness = { meter: 'vends', bits: 32, falls: 'never' }
const AUDIT: Witness = { meter: 'DA202', bits: null, falls: 'never' }
const reading = (index: number, value: bigint): Reading => ({ index, value, atMs: index * 1000 })
const sale = (openIndex: number, resultIndex: number, presumed = false): ClaimedSale => ({
  openIndex,
  resultIndex,
  presumed,
})
/** [from, to, rise, sales, error] of each window. */
const told = (readings: Reading[], sales: ClaimedSale[], witness = COUNTER) =>
  windowsOf(readings, sales, witness).map(window => [
    window.from.index,
    window.to.index,
    window.rise,
    window.sales,
    errorOf(window),
  ])

describe('between two readings', () => {
  test('the meter rises by the sales that lie there', () => {
    const readings = [reading(2, 100n), reading(9, 102n), reading(14, 103n)]
    expect(told(readings, [sale(3, 5), sale(6, 8), sale(10, 12)])).toEqual([
      [2, 9, 2n, 2, 0n],
      [9, 14, 1n, 1, 0n],
    ])
  })

  test('what came out untold is positive, what was told and did not come out negative', () => {
    const readings = [reading(2, 100n), reading(9, 103n), reading(14, 103n)]
    expect(told(readings, [sale(3, 5), sale(10, 12)])).toEqual([
      [2, 9, 3n, 1, 2n],
      [9, 14, 0n, 1, -1n],
    ])
  })

  test('a presumed sale may have happened or not, and is borne out only if it did', () => {
    const window = { sales: 2, presumed: 1 }
    expect([0n, 1n, 2n, 3n].map(rise => errorOf({ ...window, rise }))).toEqual([-1n, 0n, 0n, 1n])
    expect([1n, 2n].map(rise => agrees({ ...window, rise }))).toEqual([false, true])
  })
})

describe('a reading', () => {
  test('in the middle of a sale cuts nothing', () => {
    const readings = [reading(2, 7n), reading(5, 8n), reading(11, 8n)]
    expect(told(readings, [sale(3, 9)])).toEqual([[2, 11, 1n, 1, 0n]])
  })

  test('with the end of a session, right before the result, comes after the sale', () => {
    const readings = [reading(4, 7n), reading(9, 8n), reading(15, 9n)]
    expect(told(readings, [sale(1, 5), sale(6, 10), sale(11, 16)])).toEqual([
      [4, 9, 1n, 1, 0n],
      [9, 15, 1n, 1, 0n],
    ])
  })

  test('in the middle of the first sale begins no window either', () => {
    const readings = [reading(4, 7n), reading(11, 8n), reading(20, 8n)]
    expect(told(readings, [sale(3, 9)])).toEqual([[11, 20, 0n, 0, 0n]])
  })

  test('alone, or none, makes no window', () => {
    expect(told([reading(2, 7n)], [sale(3, 4)])).toEqual([])
    expect(told([], [sale(3, 4)])).toEqual([])
  })
})

describe('a counter', () => {
  test('that is full begins at 0 again', () => {
    const readings = [reading(1, 4_294_967_295n), reading(8, 1n)]
    expect(told(readings, [sale(2, 4), sale(5, 7)])).toEqual([[1, 8, 2n, 2, 0n]])
  })

  test('that fell has no rise, is borne out by nothing and accuses nobody', () => {
    const [window = expect.fail()] = windowsOf([reading(1, 500n), reading(5, 2n)], [], COUNTER)
    expect(window.rise).toBeNull()
    expect([agrees(window), errorOf(window)]).toEqual([false, 0n])
    expect(told([reading(1, 500n), reading(5, 2n)], [], AUDIT)).toEqual([[1, 5, null, 0, 0n]])
  })
})

test('every sale lies in one window at most, and an honest counter never errs', () => {
  const step = fc.constantFrom('sale', 'read', 'read inside a sale', 'other')
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.bigInt(0n, 4_294_967_295n),
      (steps, start) => {
        const [readings, sales]: [Reading[], ClaimedSale[]] = [[], []]
        let [index, meter] = [0, start]
        const read = () => readings.push(reading(index++, BigInt.asUintN(32, meter)))
        for (const each of steps) {
          if (each === 'read') read()
          else if (each === 'other') index++
          else {
            const open = index++
            if (each !== 'sale') read()
            meter++
            index++
            sales.push(sale(open, index++))
          }
        }
        const windows = windowsOf(readings, sales, COUNTER)
        expect(windows.every(agrees)).toBe(true)
        const told = windows.reduce((sum, window) => sum + window.sales, 0)
        const [first, last] = [windows.at(0)?.from.index ?? 0, windows.at(-1)?.to.index ?? 0]
        const between = sales.filter(it => it.openIndex > first && it.resultIndex <= last)
        expect(told).toBe(between.length)
      },
    ),
  )
})
