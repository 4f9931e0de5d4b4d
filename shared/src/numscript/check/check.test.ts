/** Faults of meaning: names, types, functions and sums, found before anything runs. */
import { describe, expect, test } from 'vitest'
import { faults } from '../testing.ts'

const to = (destination: string) =>
  `send [CNY/2 100] (source = @world destination = ${destination})`
const from = (source: string) => `send [CNY/2 100] (source = ${source} destination = @b)`

describe('meaning, found before anything runs', () => {
  test.each([
    [from('$a'), 'script.variable-undeclared 1:28 $a is not declared'],
    ['vars { cash $a }', 'script.variable-type 1:8 there is no type `cash`'],
    ['vars { number $a number $a }', 'script.variable-twice 1:18 $a is declared twice'],
    ['refund(@a)', 'script.function 1:1 there is no function `refund`'],
    ['set_tx_meta("a")', 'script.arguments 1:1 `set_tx_meta` takes 2 arguments, here are 1'],
    ['set_tx_meta(@a, 1)', 'script.type 1:13 expected a string, but this is an account'],
    ['balance(@a, CNY)', 'script.type 1:1 `balance` gives a value and cannot stand alone'],
    [
      'vars { number $a = balance(@a, CNY) }',
      'script.type 1:20 expected a number, but this is a monetary',
    ],
    [
      'vars { number $a = set_tx_meta("a", 1) }',
      'script.type 1:20 `set_tx_meta` is a statement, not a value',
    ],
    [
      'set_tx_meta("a", meta(@a, "b"))',
      'script.type 1:18 `meta` can only be the origin of a variable, alone after `=`',
    ],
    ['set_tx_meta("a", 1/2/3)', 'script.type 1:21 a portion cannot be divided again'],
    [
      'set_tx_meta("a", 1 + [CNY/2 1])',
      'script.type 1:22 expected a number, but this is a monetary',
    ],
    [
      'set_tx_meta("a", "b" - 1)',
      'script.type 1:18 expected a number or a monetary, but this is a string',
    ],
    ['save [CNY/2 1] from "a"', 'script.type 1:21 expected an account, but this is a string'],
    [to('{ 1/2 to @a 1/3 to @b }'), 'script.portions-sum 1:49 the portions add up to 5/6, not 1'],
    [
      to('{ 60% to @a 50% to @b remaining to @c }'),
      'script.portions-sum 1:49 the portions add up to 11/10, not 1',
    ],
    [
      to('{ remaining to @a 1/2 to @b remaining to @c }'),
      'script.portions-sum 1:77 `remaining` stands here a second time',
    ],
    [to('{ 3/2 to @a remaining kept }'), 'script.portion 1:51 3/2 is not between 0 and 1'],
    [
      from('{ 110% from @a remaining from @b }'),
      'script.portion 1:30 11/10 is not between 0 and 1',
    ],
  ])('%j', (text, expected) => {
    expect(faults(text)).toEqual([expected])
  })

  test('all faults are told at once, in the order of the text', () => {
    const text = 'vars { cash $a }\nsend $b (source = $a destination = 1)\nrefund()'
    expect(faults(text).map(line => line.split(' ')[1])).toEqual(['1:8', '2:6', '2:36', '3:1'])
  })

  test('a script with hundreds of faults gets a list of twenty', () => {
    expect(faults('refund()\n'.repeat(500))).toHaveLength(20)
  })
})
