/** The formatter: one layout, the same meaning, every comment kept. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyPlan, splitText } from '../testing/scripts.ts'
import { formatScript } from './format.ts'
import { tokenize } from './parse/lexer.ts'
import { script } from './testing.ts'
import { meaningOf } from './testing-meaning.ts'

const format = (text: string) => formatScript(script(text))

test('one line becomes one item a line', () => {
  const text =
    'vars{monetary $fee portion $site=meta( @s , "share" )}send[CNY/2 1_000]-$fee(source={' +
    'max [CNY/2 -5]from @a 1/3 @world allowing unbounded overdraft}destination=@b)'
  expect(format(text.replace('1/3 ', ''))).toBe(`vars {
  monetary $fee
  portion $site = meta(@s, "share")
}

send [CNY/2 1_000] - $fee (
  source = {
    max [CNY/2 -5] from @a
    @world allowing unbounded overdraft
  }
  destination = @b
)
`)
})

test('portions keep their spelling, expressions get their spaces', () => {
  const text = `#![ feature( "experimental-overdraft-function" ) ]
    vars { number $n }
    set_tx_meta( "a",1/3 ) set_tx_meta("b",$n  /3) set_tx_meta("c",( $n+2 )-( - 1_0 ))
    send [CNY/2 *](source=@a destination={0.50% to @a remaining kept})`
  expect(format(text)).toBe(`#![feature("experimental-overdraft-function")]
vars {
  number $n
}

set_tx_meta("a", 1/3)
set_tx_meta("b", $n / 3)
set_tx_meta("c", ($n + 2) - (-1_0))
send [CNY/2 *] (
  source = @a
  destination = {
    0.50% to @a
    remaining kept
  }
)
`)
})

test('comments stay where they belong, empty lines become one', () => {
  const text = `// head


/* two
   lines */
send [CNY/2 1] ( // what
  source = @a // who
  // before the destination
  destination = {


    // first
    max [CNY/2 1] to @b /* b */


    remaining // rest
      kept
    // end
  }
) // done
set_tx_meta("a", /* why */ 1)`
  expect(format(text)).toBe(`// head

/* two
   lines */
send [CNY/2 1] ( // what
  source = @a // who
  // before the destination
  destination = {
    // first
    max [CNY/2 1] to @b /* b */

    remaining // rest
      kept
    // end
  }
) // done

set_tx_meta("a", /* why */ 1)
`)
})

test.each([
  ['', ''],
  ['// only this', '// only this\n'],
  ['\u{feff}vars { }\r\n', 'vars {\n}\n'],
])('%j becomes %j', (text, expected) => {
  expect(format(text)).toBe(expected)
})

test('an asset divided by a number stays two things', () => {
  const spaced = 'USD / 2'
  expect(tokenize(spaced).map(({ text }) => text)).toEqual(['USD', '/', '2', ''])
})

test('with any spacing and comments: the meaning stays, twice is once, no comment is lost', () => {
  const gap = fc.constantFrom(
    ...[' ', '\n', '\n\n\n', '\t', '\r\n', ' // c\n', '\n// d\n', ' /* e */ ', '\n/* f\n  g */\n'],
  )
  fc.assert(
    fc.property(anyPlan(4), fc.array(gap, { minLength: 5, maxLength: 40 }), (plan, gaps) => {
      const tokens = tokenize(splitText(plan))
      const text = tokens.map((token, at) => `${token.text}${gaps[at % gaps.length]}`).join('')
      const formatted = format(text)
      expect(meaningOf(script(formatted))).toEqual(meaningOf(script(text)))
      expect(format(formatted)).toBe(formatted)
      expect(comments(formatted)).toEqual(comments(text))
      expect(formatted).not.toMatch(/[ \t\r]\n|\n\n\n/)
    }),
    { numRuns: 300 },
  )
})

function comments(text: string): string[] {
  return tokenize(text).flatMap(token => (token.kind === 'comment' ? [token.text] : []))
}
