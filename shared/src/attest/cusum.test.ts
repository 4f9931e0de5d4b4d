/** Slow skimming is found within days, honest noise is not; the days are reckoned by hand. */
import { describe, expect, test } from 'vitest'
import { alarmsOf, type Step } from './cusum.ts'

const days = (count: number, day: (n: number) => Step): Step[] =>
  Array.from({ length: count }, (_, n) => day(n))

describe('skimming of 2 %', () => {
  test('is certain on the third of days with 100 sales told', () => {
    // 2 − 0.6343 = 1.3657 a day; 3 × 1.3657 = 4.0971 ≥ 3.506678 > 2 × 1.3657.
    expect(alarmsOf(days(3, () => ({ sales: 100, error: 2n })))).toEqual([
      { side: 'unsold', first: 0, last: 2, pieces: 6n },
    ])
  })

  test('is certain on the ninth of days with 25 sales told, a piece every second day', () => {
    // A day takes 0.158575 off: two days together leave 0.68285, eight leave 2.7314, and the ninth
    // brings 0.841425 more: 3.572825.
    const skimmed = days(9, n => ({ sales: 25, error: n % 2 === 0 ? 1n : 0n }))
    expect(alarmsOf(skimmed.slice(0, 8))).toEqual([])
    expect(alarmsOf(skimmed)).toEqual([{ side: 'unsold', first: 0, last: 8, pieces: 5n }])
  })

  test('that goes on is told again', () => {
    const alarms = alarmsOf(days(9, () => ({ sales: 100, error: 2n })))
    expect(alarms.map(({ first, last }) => [first, last])).toEqual([
      [0, 2],
      [3, 5],
      [6, 8],
    ])
  })

  test('after a year without any is counted from where it began', () => {
    const year = days(365, () => ({ sales: 100, error: 0n }))
    const leak = days(3, () => ({ sales: 100, error: 2n }))
    expect(alarmsOf([...year, ...leak])).toMatchObject([{ first: 365, last: 367, pieces: 6n }])
  })
})

test('sales that nothing came out for are the other side', () => {
  expect(alarmsOf(days(3, () => ({ sales: 100, error: -2n })))).toEqual([
    { side: 'phantom', first: 0, last: 2, pieces: 6n },
  ])
})

test('four pieces untold at once on a quiet day are enough', () => {
  expect(alarmsOf([{ sales: 5, error: 3n }])).toEqual([])
  expect(alarmsOf([{ sales: 5, error: 4n }])).toMatchObject([{ side: 'unsold', pieces: 4n }])
})

describe('honest noise', () => {
  test('of one sale in 1,000 miscounted, ten years long, accuses nobody', () => {
    expect(alarmsOf(days(3650, n => ({ sales: 100, error: n % 10 === 3 ? 1n : 0n })))).toEqual([])
  })

  test('of a count that comes a day late accuses nobody', () => {
    expect(alarmsOf(days(3650, n => ({ sales: 60, error: n % 2 === 0 ? -1n : 1n })))).toEqual([])
  })
})

/** Numbers in [0, 1), the same in each run (Park and Miller's minimal standard generator). */
function chances(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

describe('a hundred machines with 100 sales a day', () => {
  const chance = chances(20_261_121)
  const miscounted = (rate: number): bigint => {
    let count = 0n
    for (let n = 0; n < 100; n++) if (chance() < rate) count++
    return count
  }
  const machines = (daysOf: number, rate: number) =>
    Array.from({ length: 100 }, () =>
      alarmsOf(days(daysOf, () => ({ sales: 100, error: miscounted(rate) }))),
    )

  test('honest for 365 days: no more false alarms than once in 36,500 days', () => {
    expect(machines(365, 0.001).flat().length).toBeLessThanOrEqual(1)
  })

  test('skimmed by chance, 2 % of its pieces: most are found in four days, all in twenty', () => {
    const found = machines(20, 0.02).filter(([first]) => first !== undefined)
    expect(found).toHaveLength(100)
    const soon = found.filter(([first]) => first !== undefined && first.last < 4)
    expect(soon.length).toBeGreaterThan(50)
  })
})

test('the stated false-alarm rate and rates give the numbers used', () => {
  // Just below and just above a threshold of ln 36,500 / ln 20 = 3.50667…, reached in one step.
  const ratio = Math.log(0.02 / 0.001)
  const [threshold, reference] = [Math.log(36_500) / ratio, 0.019 / ratio]
  const most = Math.floor((4 - threshold) / reference)
  expect(most).toBe(77)
  expect(alarmsOf([{ sales: most, error: 4n }])).toHaveLength(1)
  expect(alarmsOf([{ sales: most + 1, error: 4n }])).toHaveLength(0)
})
