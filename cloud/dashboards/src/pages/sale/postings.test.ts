/** A table that a bank clerk can add up: debits left, credits right, equal at the bottom. */
import { expect, test } from 'vitest'
import { totalsOf } from './postings.ts'

const leg = (side: 'debit' | 'credit', amountMinor: string, currency = 'CNY') => ({
  account: 'a',
  side,
  amount: { amountMinor, currency },
})

test('a split sale balances', () => {
  const legs = [leg('debit', '350'), leg('credit', '105'), leg('credit', '245')]
  expect(totalsOf(legs)).toEqual([{ currency: 'CNY', debit: 350n, credit: 350n, balanced: true }])
})

test('one missing minor unit is seen, even where a float would not see it', () => {
  const legs = [leg('debit', '900719925474099301'), leg('credit', '900719925474099300')]
  expect(totalsOf(legs)[0]?.balanced).toBe(false)
})

test('currencies are never added together', () => {
  const legs = [leg('debit', '100', 'CNY'), leg('credit', '100', 'USD')]
  expect(totalsOf(legs).map(total => total.balanced)).toEqual([false, false])
})
