/**
 * Scripts made to hurt: whatever comes in, an answer comes out, soon, and never a stack overflow.
 * The time limit is a hundred times what these need, and a thousandth of what a hang would take.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainScript } from './explain/explain.ts'
import { formatScript } from './format.ts'
import { runScript } from './run/run.ts'
import { readScript } from './script.ts'
import { excerptOf } from './span.ts'
import { script } from './testing.ts'

const SOON_MS = 5_000
const many = 40_000

const send = (source: string, destination = '@b') =>
  `send [CNY/2 1] (source = ${source} destination = ${destination})`

describe('a clear error, not a hang', { timeout: SOON_MS }, () => {
  test.each([
    ['a megabyte of noise', 'qZ#\u0000é{['.repeat(150_000), 'script.too-long'],
    ['a megabyte of script', `${send('@a')}\n`.repeat(30_000), 'script.too-long'],
    ['blocks in blocks', send('{'.repeat(many)), 'script.too-deep'],
    [
      'closed blocks in blocks',
      send(`${'{'.repeat(many)}@a${'}'.repeat(many)}`),
      'script.too-deep',
    ],
    [
      'destinations in destinations',
      send('@a', '{ remaining to '.repeat(6_000)),
      'script.too-deep',
    ],
    ['maxima of maxima', send('max [CNY/2 1] from '.repeat(5_000)), 'script.too-deep'],
    ['parentheses in parentheses', send('('.repeat(many)), 'script.too-deep'],
    ['brackets in brackets', `send ${'['.repeat(many)}`, 'script.too-deep'],
    ['calls in calls', 'a('.repeat(many), 'script.too-deep'],
    ['signs before signs', `set_tx_meta("a", ${'-'.repeat(many)}1)`, 'script.too-deep'],
    ['a number of 100,000 digits', `set_tx_meta("a", ${'9'.repeat(100_000)})`, 'script.number'],
    ['a percentage of as many', `set_tx_meta("a", 0.${'3'.repeat(100_000)}%)`, 'script.number'],
    ['comments in comments', '/*'.repeat(many), 'script.syntax'],
    ['a string without end', `set_tx_meta("${'\\"'.repeat(many)}`, 'script.character'],
    ['open quotes', '"'.repeat(many + 1), 'script.character'],
    ['strings', '"'.repeat(many), 'script.syntax'],
    ['nothing but closing', '}'.repeat(many), 'script.syntax'],
    ['words', 'send '.repeat(20_000), 'script.syntax'],
    ['an account without end', `@${'a:'.repeat(many)}`, 'script.character'],
  ])('%s', (_, text, code) => {
    const read = readScript(text)
    expect(read.ok ? [] : read.faults.map(fault => fault.code)).toEqual([code])
  })

  test('portions whose common denominator would have thousands of digits', () => {
    const shares = Array.from({ length: 900 }, (_, index) => {
      return `1/${10n ** 35n + 2n * BigInt(index) + 1n} to @a`
    })
    const text = send('@world', `{ ${shares.join(' ')} remaining to @b }`)
    const read = readScript(text)
    expect(read.ok ? [] : read.faults.map(fault => fault.code)).toEqual(['script.portion'])
  })
})

describe('large, and fine', { timeout: SOON_MS }, () => {
  test('a sum of thousands', () => {
    const text = `set_tx_meta("sum", 0${' + 1'.repeat(20_000)})`
    const result = runScript(script(text))
    expect(result.ok && result.transactionMetadata.sum).toBe('20000')
  })

  test('thousands of sources to thousands of destinations', () => {
    const list = (count: number, item: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => item(index)).join(' ')
    const text = `send [CNY/2 *] (
      source = { ${list(2_000, index => `@a${index}`)} }
      destination = { ${list(2_000, index => `max [CNY/2 3] to @b${index}`)} remaining to @c }
    )`
    const balances = Array.from({ length: 2_000 }, (_, index) => {
      return { account: `a${index}`, asset: 'CNY/2', amount: 4n }
    })
    const result = runScript(script(text), { balances })
    const sent = result.ok ? result.postings.reduce((sum, { amount }) => sum + amount, 0n) : 0n
    expect(sent).toBe(8_000n)
    expect(formatScript(script(text)).split('\n').length).toBeGreaterThan(4_000)
    expect(explainScript(script(text), 'en').length).toBeGreaterThan(4_000)
  })
})

describe('random texts', { timeout: 10 * SOON_MS }, () => {
  const word = fc.constantFrom(
    ...['send', 'save', 'source', 'destination', 'max', 'from', 'to', 'remaining', 'kept', 'vars'],
    ...['allowing', 'unbounded', 'overdraft', 'up', 'balance', 'meta', 'set_tx_meta', 'monetary'],
    ...['{', '}', '(', ')', '[', ']', '=', ',', '*', '+', '-', '/', '#!', '//', '/*', '*/', '\n'],
    ...['@a', '@world', '$x', 'CNY/2', '100', '15%', '1/3', '"text"', 'oneof', '\\', '\u{1f4b0}'],
  )
  const soup = fc.array(word, { maxLength: 60 }).map(words => words.join(' '))

  test.each([
    ['of the language’s own words', soup],
    ['of anything', fc.string({ unit: 'binary', maxLength: 200 })],
  ])('%s get an answer whose places lie in the text', (_, texts) => {
    fc.assert(
      fc.property(texts, text => {
        const read = readScript(text)
        if (read.ok) return
        for (const { span } of read.faults) {
          expect(span.start).toBeGreaterThanOrEqual(0)
          expect(span.end).toBeLessThanOrEqual(text.length)
          expect(excerptOf(text, span)).toMatch(/\n.*\^/)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})
