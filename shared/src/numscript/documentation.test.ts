/** The example in docs/numscript.md does what the page says, and shows the fault it shows. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeFault } from './fault.ts'
import { formatScript } from './format.ts'
import { runScript } from './run/run.ts'
import { postings, script } from './testing.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/numscript.md'), 'utf8')
const blocks = [...page.matchAll(/```\n([\s\S]*?)```/g)].map(([, block = '']) => block)
const example = blocks[0] ?? ''
const inputs = (takings: bigint) => ({
  variables: { payment_fee: 'CNY/2 12' },
  metadata: { 'site:lobby': { share: '15%' } },
  balances: [{ account: 'device:d1:takings', asset: 'CNY/2', amount: takings }],
})

test('the first example splits as told', () => {
  expect(postings(example, inputs(350n))).toEqual([
    'device:d1:takings → psp:fees CNY/2 12',
    'device:d1:takings → site:lobby CNY/2 51',
    'device:d1:takings → party:maker CNY/2 113',
    'device:d1:takings → party:operator CNY/2 174',
  ])
})

test('the fault shown is the one it has a cent short', () => {
  const result = runScript(script(example), inputs(349n))
  const told = result.ok ? '' : describeFault(example, result.fault, 'sale.num')
  expect(blocks).toContain(`${told}\n`)
})

test('it is laid out as the formatter does, but for its aligned comment', () => {
  expect(formatScript(script(example))).toBe(example.replace(/ +\/\//, ' //'))
})
