/** Faults that only the inputs bring out, found while a script runs. */
import { describe, expect, test } from 'vitest'
import { faults } from '../testing.ts'

const to = (destination: string) =>
  `send [CNY/2 100] (source = @world destination = ${destination})`
describe('inputs and amounts, found while running', () => {
  test.each([
    ['vars { number $a }', {}, 'script.variable-missing 1:8 $a has no value'],
    [
      'vars { number $a }',
      { a: '1.5' },
      'script.variable-value 1:8 $a is a number, and "1.5" is not',
    ],
    [
      'vars { monetary $a }',
      { a: 'CNY 1 2' },
      'script.variable-value 1:8 $a is a monetary, and "CNY 1 2" is not',
    ],
    [
      'vars { monetary $a }',
      { a: 'cny 1' },
      'script.variable-value 1:8 $a is a monetary, and "cny 1" is not',
    ],
    [
      'vars { portion $a }',
      { a: '101%' },
      'script.variable-value 1:8 $a is a portion, and "101%" is not',
    ],
    [
      'vars { portion $a }',
      { a: '1/0' },
      'script.variable-value 1:8 $a is a portion, and "1/0" is not',
    ],
    [
      'vars { account $a }',
      { a: 'a b' },
      'script.variable-value 1:8 $a is an account, and "a b" is not',
    ],
    [
      'vars { asset $a }',
      { a: 'CNY/' },
      'script.variable-value 1:8 $a is an asset, and "CNY/" is not',
    ],
    [
      'vars { number $a } set_tx_meta("b", 1/$a)',
      { a: '0' },
      'script.divide-by-zero 1:39 1/0 is no portion',
    ],
    [
      'vars { number $a } send [CNY/2 $a] (source = @w destination = @b)',
      { a: '-1' },
      'script.negative-amount 1:25 the amount is negative: -1',
    ],
    [
      'vars { number $a } save [CNY/2 $a] from @b',
      { a: '-1' },
      'script.negative-amount 1:25 the amount is negative: -1',
    ],
    [
      'vars { monetary $a } send $a + [CNY/2 1] (source = @w destination = @b)',
      { a: 'USD/2 1' },
      'script.asset 1:32 expected an amount of USD/2, but this is CNY/2',
    ],
    [
      `vars { monetary $a } ${to('{ max $a to @a remaining kept }')}`,
      { a: 'USD/2 1' },
      'script.asset 1:76 expected an amount of CNY/2, but this is USD/2',
    ],
    [
      `vars { portion $a portion $b } ${to('{ $a to @a $b to @b }')}`,
      { a: '1/2', b: '1/3' },
      'script.portions-sum 1:80 the portions add up to 5/6, not 1',
    ],
    [
      `vars { number $a } ${to('{ $a/2 to @a 3/2 - 1 to @b }')}`,
      { a: '-1' },
      'script.type 1:81 expected a number or a monetary, but this is a portion',
    ],
    [
      `vars { number $a } ${to('{ $a/2 to @a remaining to @b }')}`,
      { a: '-1' },
      'script.portion 1:70 -1/2 is not between 0 and 1',
    ],
    [
      'send [CNY/2 *] (source = @world destination = @b)',
      {},
      'script.send-all 1:26 world has no limit, so there is no "all"',
    ],
    [
      'send [CNY/2 *] (source = { 1/2 from @a 1/2 from @b } destination = @b)',
      {},
      'script.send-all 1:26 portions of everything are not defined',
    ],
  ])('%j', (text, variables, expected) => {
    expect(faults(text, { variables })).toEqual([expected])
  })

  test('balance() of an overdrawn account', () => {
    const balances = [{ account: 'a', asset: 'CNY/2', amount: -3n }]
    const text = 'vars { monetary $a = balance(@a, CNY/2) }'
    const expected = 'script.negative-balance 1:22 a is overdrawn: CNY/2 -3'
    expect(faults(text, { balances })).toEqual([expected])
  })

  test('metadata of the wrong type', () => {
    const text = 'vars { portion $a = meta(@a, "b") }'
    expect(faults(text, { metadata: { a: { b: 'half' } } })).toEqual([
      'script.variable-value 1:21 "b" of a is "half", which is not a portion',
    ])
  })
})
