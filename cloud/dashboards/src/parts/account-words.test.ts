/** Every family of accounts has words, and an unknown one shows its path. */
import { expect, test } from 'vitest'
import { accountWords } from './account-words.ts'

test.each([
  ['device:d4k2m9x7qa1bz:takings', { kind: 'takings', of: 'd4k2m9x7qa1bz' }],
  ['party:6f1d:share', { kind: 'share', of: '6f1d' }],
  ['party:6f1d:available', { kind: 'available', of: '6f1d' }],
  ['facility:6f1e:repaid', { kind: 'repaid', of: '6f1e' }],
  ['supplier:6f1d:available', { kind: 'goodsAvailable', of: '6f1d' }],
  ['in-transit:sandbox:2026-11-21', { kind: 'transit', of: 'sandbox' }],
  ['party:6f1d:blocked', { kind: 'blocked', of: '6f1d' }],
  ['party:6f1d:cash', { kind: 'cash', of: '6f1d' }],
  ['device:d4k2m9x7qa1bz:refunds', { kind: 'refunds', of: 'd4k2m9x7qa1bz' }],
  ['customers:sandbox:owed', { kind: 'owedToCustomers', of: 'sandbox' }],
  ['cash:d4k2m9x7qa1bz:tubes', { kind: 'tubes', of: 'd4k2m9x7qa1bz' }],
  ['cash:d4k2m9x7qa1bz:box', { kind: 'box', of: 'd4k2m9x7qa1bz' }],
  ['facility:6f1e:repayment', { kind: 'repayment', of: '6f1e' }],
  ['facility:6f1e:guarantee', { kind: 'guarantee', of: '6f1e' }],
  ['supplier:6f1d:goods', { kind: 'goods', of: '6f1d' }],
  ['reserve:6f1e:cash', { kind: 'reserve', of: '6f1e' }],
  ['reserve:6f1e:trap', { kind: 'trap', of: '6f1e' }],
  ['participation:chairs:pool', { kind: 'pool', of: 'chairs' }],
  ['psp:sandbox:receivable', { kind: 'receivable', of: 'sandbox' }],
  ['psp:sandbox:fees', { kind: 'fees', of: 'sandbox' }],
  ['suspense:no-agreement', { kind: 'suspense', of: 'no-agreement' }],
  ['reserve:6f1f:chargebacks', { kind: 'other', of: 'reserve:6f1f:chargebacks' }],
])('%s', (path, words) => {
  expect(accountWords(path)).toEqual(words)
})
