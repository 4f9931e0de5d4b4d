/** The ledger's tables, as they stand in a terminal. */

import { expect, test } from 'vitest'
import { NO_LIMIT } from './account.ts'
import { checkText, openItemsText, statementText, trialBalanceText } from './report.ts'

const account = (path: string, debitsPosted: bigint, creditsPosted: bigint) => ({
  accountId: 1n,
  path,
  currency: 'CNY',
  rule: 'none' as const,
  deviceId: null,
  partyId: null,
  limit: NO_LIMIT,
  debitsPosted,
  creditsPosted,
  debitsPending: 0n,
  creditsPending: 0n,
})

test('a trial balance lines up and ends with a total of nothing', () => {
  const accounts = [
    account('psp:sandbox:receivable', 350n, 0n),
    account('psp:sandbox:fees', 0n, 2n),
    account('party:operator:share', 0n, 348n),
  ]
  expect(trialBalanceText('b1', accounts)).toBe(
    [
      'book b1',
      'account                      debits  credits  balance',
      'psp:sandbox:receivable  CNY    3.50     0.00    -3.50',
      'psp:sandbox:fees        CNY    0.00     0.02     0.02',
      'party:operator:share    CNY    0.00     3.48     3.48',
      'total                   CNY    3.50     3.50     0.00',
    ].join('\n'),
  )
})

test('a trial balance shows what is pending where anything is', () => {
  const accounts = [
    { ...account('psp:sandbox:receivable', 350n, 0n), debitsPending: 30_000n },
    { ...account('party:owner:share', 0n, 350n), creditsPending: 30_000n },
  ]
  expect(trialBalanceText('b1', accounts)).toBe(
    [
      'book b1',
      'account                      debits  credits  balance  pending',
      'psp:sandbox:receivable  CNY    3.50     0.00    -3.50  -300.00',
      'party:owner:share       CNY    0.00     3.50     3.50   300.00',
      'total                   CNY    3.50     3.50     0.00',
    ].join('\n'),
  )
})

test('a statement shows each line with its source and the balance after it', () => {
  const at = new Date(0)
  const line = (side: 'debit' | 'credit', amountMinor: bigint, balanceMinor: bigint) => ({
    seq: 1n,
    businessId: 'sale:d1.1.7',
    sourceAt: at,
    bookedAt: at,
    side,
    phase: 'posted' as const,
    amountMinor,
    balanceMinor,
  })
  const lines = [line('credit', 1500n, 1500n), line('debit', 500n, 1000n)]
  expect(statementText('party:x:share', 'CNY', lines)).toBe(
    [
      'party:x:share (CNY)',
      'booked at                 source       phase  debit  credit  balance',
      '1970-01-01T00:00:00.000Z  sale:d1.1.7                 15.00    15.00',
      '1970-01-01T00:00:00.000Z  sale:d1.1.7          5.00            10.00',
    ].join('\n'),
  )
})

test('a check names its faults', () => {
  const check = {
    operatorId: 'b1',
    journals: 2n,
    batches: 1n,
    totals: [{ currency: 'JPY', debits: 700n, credits: 699n }],
    faults: [{ code: 'balance-differs' as const, detail: 'x says 1, its legs 2' }],
  }
  expect(checkText(check)).toBe(
    [
      'book b1: 2 journals in 1 batches, does NOT hold: 1 faults',
      '  JPY debits 700 credits 699',
      '  balance-differs: x says 1, its legs 2',
    ].join('\n'),
  )
})

test('what is open, with its age', () => {
  const openedAt = new Date('2026-11-01T00:00:00Z')
  const item = {
    ...{ id: 'i1', bookId: 'b1', orderId: null, subject: null, deviceId: null, closedAt: null },
    ...{ openedAt, openedAtUs: 0n, ageBucket: '8-30' as const },
  }
  const items = [
    { ...item, reason: 'cash-short', saleId: null, subject: 'box-count:c1', ageDays: 21 },
    { ...item, reason: 'sale-without-payment', saleId: 'd1.1.7', ageDays: 8 },
  ].map(each => ({ ...each, amountMinor: 1250n, currency: 'CNY' }))
  expect(openItemsText('b1', items)).toBe(
    [
      'book b1',
      'reason                about          age  amount',
      'cash-short            box-count:c1  21 d   12.50  CNY',
      'sale-without-payment  d1.1.7         8 d   12.50  CNY',
    ].join('\n'),
  )
})
