/** What is wrong with scripts, said at its place: before a run, and while running. */
import { describe, expect, test } from 'vitest'
import { describeFault } from './fault.ts'
import { readScript } from './script.ts'
import { faults } from './testing.ts'

const to = (destination: string) =>
  `send [CNY/2 100] (source = @world destination = ${destination})`
const from = (source: string) => `send [CNY/2 100] (source = ${source} destination = @b)`

describe('form', () => {
  test.each([
    ['é', 'script.character 1:1 the character "é" has no meaning here'],
    ['\u0007', 'script.character 1:1 the character U+0007 has no meaning here'],
    ['set_tx_meta("a', 'script.character 1:13 this string has no end on its line'],
    ['/* /* */', 'script.syntax 1:1 this comment has no end'],
    [
      'sent [CNY/2 1]',
      'script.syntax 1:1 expected a statement: `send`, `save` or a function, but found sent',
    ],
    ['send [CNY/2 1]', 'script.syntax 1:15 expected `(` after what is sent, but the script ends'],
    ['send [CNY/2 *] + 1 ()', 'script.syntax 1:16 expected `(` after what is sent, but found +'],
    [from('{ }'), 'script.syntax 1:30 expected a source, but found }'],
    [
      from('{ @a 1/2 from @b }'),
      'script.syntax 1:33 a list has portions throughout (`15% from …`) or none',
    ],
    [
      from('@a allowing overdraft'),
      'script.syntax 1:50 expected `up` after `allowing overdraft`, but found destination',
    ],
    [
      to('{ max [CNY/2 1] to @a }'),
      'script.syntax 1:51 a list with `max` ends with `remaining`, so that every unit has a place',
    ],
    [
      to('{ remaining to @a max [CNY/2 1] to @b remaining kept }'),
      'script.syntax 1:51 `remaining` comes last and once',
    ],
    [
      'vars { monetary amount }',
      'script.syntax 1:17 expected a variable, such as $amount, but found amount',
    ],
    [`send [CNY/2 ${'9'.repeat(101)}]`, 'script.number 1:13 a number has at most 100 digits'],
  ])('%j', (text, expected) => {
    expect(faults(text)).toEqual([expected])
  })

  test('portions beside maxima are refused with the way to write it', () => {
    expect(faults(to('{ max [CNY/2 1] to @a 15% to @b remaining to @c }'))[0]).toContain(
      'put the portions into `remaining to { … }` after the `max` clauses',
    )
  })
})

describe('features that are not supported, by name', () => {
  test.each([
    [from('oneof { @a @b }'), '1:28 `oneof` needs "experimental-oneof"'],
    [to('oneof { remaining kept }'), '1:49 `oneof` needs "experimental-oneof"'],
    [
      from('@users:$id'),
      '1:34 a variable inside an account needs "experimental-account-interpolation"',
    ],
    [from('@$id'), '1:28 a variable inside an account needs "experimental-account-interpolation"'],
    [from('@a \\ "RED"'), '1:31 `\\` needs "experimental-asset-colors"'],
    [from('@a with scaling through @b'), '1:31 `with` needs "experimental-asset-scaling"'],
    [to('@a if 1 else @b'), '1:52 `if` needs "conditional sources and destinations"'],
    [
      'vars { asset $a = get_asset(1) }',
      '1:19 `get_asset` needs "experimental-get-asset-function"',
    ],
    ['#![feature("experimental-oneof")]', '1:12 the feature "experimental-oneof" is not supported'],
  ])('%j', (text, expected) => {
    expect(faults(text)).toEqual([expect.stringContaining(`script.feature ${expected}`)])
  })

  test.each([
    ['vars { monetary $a = overdraft(@a, CNY/2) }', '1:22 `overdraft` needs the experimental'],
    ['send balance(@a, CNY/2) (source = @w destination = @b)', '1:6 `balance` outside vars needs'],
    ['vars { monetary $a = [CNY/2 1] }', '1:22 a variable’s origin is a function; other values'],
  ])('supported, but not declared: %j', (text, expected) => {
    expect(faults(text)).toEqual([expect.stringContaining(`script.feature ${expected}`)])
  })
})

describe('a fault as a person sees it', () => {
  const shown = (text: string) => {
    const read = readScript(text)
    return read.ok ? '' : read.faults.map(fault => describeFault(text, fault, 'split.num')).join('')
  }

  test('place, source line, carets, advice', () => {
    expect(shown('// 分账\r\nsave [CNY/2 1]\tfrom "售货机 1"\r\n')).toBe(
      [
        'split.num:2:21: expected an account, but this is a string (script.type)',
        '  2 | save [CNY/2 1] from "售货机 1"',
        '    |                     ^^^^^^^',
        '  next: Put a value of the expected type here.',
      ].join('\n'),
    )
  })

  test('a long line is cut on both sides, around the place', () => {
    const text = `set_tx_meta("${'x'.repeat(200)}", $nobody) /* ${'y'.repeat(200)} */`
    const lines = shown(text).split('\n')
    expect(lines[1]).toMatch(/^ {2}1 \| …x+", \$nobody\) \/\* y+…$/)
    expect(lines[2]?.indexOf('^')).toBe(lines[1]?.indexOf('$nobody'))
    expect(lines[1]?.length).toBeLessThan(100)
  })

  test('control characters never reach the terminal', () => {
    expect(shown('set_tx_meta("\u001b[2J\u202e", $x)')).toContain(
      '| set_tx_meta("\u{fffd}[2J\u{fffd}", $x)',
    )
  })
})
