/** Coins credited once: the counter's wrap, its zero, and jumps that lost money. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCredits } from './credits.ts'

/** Five events, newest first, as (coin, path) pairs. */
const answer = (counter: number, ...pairs: number[]) =>
  Uint8Array.from([counter, ...pairs, ...Array(10).fill(0)].slice(0, 11))
const coin = (number: number, path = 1) => ({ kind: 'coin', coin: number, path })

describe('new events, oldest first', () => {
  test.each([
    ['the first report only remembers', null, answer(7, 3, 1), []],
    ['nothing new', 7, answer(7, 3, 1), []],
    ['one', 7, answer(8, 4, 1, 3, 1), [coin(4)]],
    ['three', 7, answer(10, 6, 1, 5, 1, 4, 1, 3, 1), [coin(4), coin(5), coin(6)]],
    ['an error among them', 7, answer(9, 4, 1, 0, 14), [{ kind: 'error', code: 14 }, coin(4)]],
    ['255 is followed by 1', 255, answer(1, 4, 1, 3, 1), [coin(4)]],
    ['over the wrap', 254, answer(2, 6, 1, 5, 1, 4, 1), [coin(4), coin(5), coin(6)]],
    ['the first after switching on', 0, answer(1, 4, 2), [coin(4, 2)]],
  ])('%s', (_name, previous, data, events) => {
    expect(readCredits(previous, data)).toEqual({
      counter: data[0],
      events,
      lost: 0,
      restarted: false,
    })
  })
})

test('zero: switched on just now', () => {
  expect(readCredits(200, answer(0))).toEqual({
    counter: 0,
    events: [],
    lost: 0,
    restarted: true,
  })
})

test('a jump of more than five has lost the others', () => {
  const data = answer(107, 5, 1, 4, 1, 3, 1, 2, 1, 1, 1)
  expect(readCredits(100, data)).toEqual({
    counter: 107,
    events: [coin(1), coin(2), coin(3), coin(4), coin(5)],
    lost: 2,
    restarted: false,
  })
})

test('switched off and on between two polls: what it counted since is new, and no more', () => {
  const data = answer(2, 9, 1, 8, 1)
  expect(readCredits(200, data)).toEqual({
    counter: 2,
    events: [coin(8), coin(9)],
    lost: 0,
    restarted: true,
  })
})

test.each([[[]], [[1]], [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]], [Array(12).fill(1)]])(
  '%j is no such answer',
  bytes => {
    expect(readCredits(1, Uint8Array.from(bytes))).toBeUndefined()
  },
)

test('polled in time, every coin is credited once, in order', () => {
  const coins = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 700 })
  const pauses = fc.infiniteStream(fc.integer({ min: 1, max: 5 }))
  fc.assert(
    fc.property(coins, pauses, (inserted, pause) => {
      let previous: number | null = 0
      const credited: number[] = []
      for (let count = 0; count < inserted.length; ) {
        count = Math.min(inserted.length, count + Number(pause.next().value))
        const newest = inserted.slice(Math.max(0, count - 5), count).reverse()
        const counter = ((count - 1) % 255) + 1
        const report = readCredits(
          previous,
          answer(counter, ...newest.flatMap(number => [number, 1])),
        )
        expect(report).toMatchObject({ lost: 0, restarted: false })
        previous = report?.counter ?? null
        credited.push(...(report?.events ?? []).map(it => (it.kind === 'coin' ? it.coin : 0)))
      }
      expect(credited).toEqual(inserted)
    }),
  )
})
