/** Days and months against a calendar that others made, and what a tally makes of them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { periodName, periodOf } from './period.ts'
import { type Memory, owedMinor, type Tally, tallyAfter, tallyAt } from './tally.ts'

const CHINA = 480
const nameOf = (kind: 'day' | 'month', iso: string, offset = CHINA) =>
  periodName(kind, periodOf(kind, Date.parse(iso), offset))

describe('a period', () => {
  test.each([
    ['2026-11-21T15:59:59.999Z', '2026-11-21', '2026-11'],
    ['2026-11-21T16:00:00.000Z', '2026-11-22', '2026-11'],
    ['2026-12-31T16:00:00.000Z', '2027-01-01', '2027-01'],
    ['2024-02-28T16:00:00.000Z', '2024-02-29', '2024-02'],
    ['1970-01-01T00:00:00.000Z', '1970-01-01', '1970-01'],
  ])('of %s in China is %s of %s', (iso, day, month) => {
    expect(nameOf('day', iso)).toBe(day)
    expect(nameOf('month', iso)).toBe(month)
  })
  test('is the calendar’s, for any moment of four centuries', () => {
    const moment = fc.integer({ min: 0, max: Date.UTC(2370, 0, 1) })
    fc.assert(
      fc.property(moment, atMs => {
        const [day = ''] = new Date(atMs).toISOString().split('T')
        expect(periodName('day', periodOf('day', atMs, 0))).toBe(day)
        expect(periodName('month', periodOf('month', atMs, 0))).toBe(day.slice(0, 7))
      }),
    )
  })
})

describe('a tally of 10.00 a day', () => {
  const memory: Memory = {
    period: 'day',
    carries: true,
    dueMinor: () => 1000n,
    holidays: [{ first: 14, last: 15 }],
  }
  const on = (day: number) => day * 86_400_000
  const at = (tally: Tally | undefined, day: number) => tallyAt(tally, memory, on(day), 0)
  const paid = (day: number, amount: bigint) => tallyAfter(at(undefined, day), 5000n, amount)

  test('carries what a day could not pay, and what days without a sale owe', () => {
    expect(at(paid(10, 700n), 11)).toMatchObject({ period: 11, paidMinor: 0n, carriedMinor: 300n })
    expect(at(paid(10, 700n), 13).carriedMinor).toBe(2300n)
    expect(owedMinor(at(paid(10, 700n), 13), memory, 0n)).toBe(3300n)
  })
  test('owes nothing for holidays, and nothing in them but what was carried', () => {
    expect(at(paid(10, 1000n), 17).carriedMinor).toBe(4000n)
    expect(owedMinor(at(paid(13, 700n), 14), memory, 0n)).toBe(300n)
  })
  test('forgets what was paid too much', () => {
    expect(at(paid(10, 1700n), 11).carriedMinor).toBe(0n)
  })
  test('does not grow beyond what a database can hold', () => {
    const greedy = { ...memory, dueMinor: () => 10n ** 17n }
    expect(tallyAt(paid(20, 0n), greedy, on(20_000), 0).carriedMinor).toBe(10n ** 18n)
  })
  test('counts a sale that comes late in the day that is open', () => {
    expect(at(paid(10, 700n), 9)).toEqual(paid(10, 700n))
  })
  test('forgets shortfalls where they are not carried', () => {
    const forgetful = { ...memory, carries: false }
    expect(tallyAt(paid(10, 0n), forgetful, on(13), 0).carriedMinor).toBe(0n)
  })
})
