/** Portions as they are written, exactly. */
import { describe, expect, test } from 'vitest'
import { add, formatRational, parsePortion } from './rational.ts'

describe('portions as text', () => {
  test.each([
    ['15%', '3/20'],
    ['0.19%', '19/10000'],
    ['100%', '1/1'],
    ['0%', '0/1'],
    ['1/3', '1/3'],
    ['2 / 8', '1/4'],
    [`0.${'0'.repeat(33)}1%`, `1/1${'0'.repeat(36)}`],
  ])('%s is %s', (text, expected) => {
    const portion = parsePortion(text)
    expect(portion && formatRational(portion)).toBe(expected)
  })

  test.each(['', '15', '15 %', '%', '.5%', '1/0', '1//3', '-1/3', '1/3/5', `1/${'9'.repeat(37)}`])(
    '%j is no portion',
    text => {
      expect(parsePortion(text)).toBeUndefined()
    },
  )
})

test('1/3 and 1/6 are 1/2', () => {
  const sum = add({ numerator: 1n, denominator: 3n }, { numerator: 1n, denominator: 6n })
  expect(sum && formatRational(sum)).toBe('1/2')
})
