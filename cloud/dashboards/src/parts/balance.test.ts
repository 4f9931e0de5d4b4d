/** Balances stand on one side and are exact. */
import { expect, test } from 'vitest'
import { balanceOf } from './balance.ts'

const account = (debitsPosted: string, creditsPosted: string) => ({
  bookId: '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b2',
  path: 'sales:clearing',
  currency: 'CNY',
  debitsPosted,
  creditsPosted,
  debitsPending: '0',
  creditsPending: '0',
})

test.each([
  ['500', '200', { side: 'debit', amountMinor: '300' }],
  ['200', '500', { side: 'credit', amountMinor: '300' }],
  ['500', '500', { side: 'none', amountMinor: '0' }],
  ['900719925474099301', '900719925474099300', { side: 'debit', amountMinor: '1' }],
])('debits %s, credits %s', (debits, credits, balance) => {
  expect(balanceOf(account(debits, credits))).toEqual(balance)
})
