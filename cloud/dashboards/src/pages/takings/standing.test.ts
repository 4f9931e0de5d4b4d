/** Pending and available of each owner, added up from its accounts. */
import type { Balance } from '@tillproof/shared/api/statements.ts'
import { expect, test } from 'vitest'
import { standingsOf } from './standing.ts'

const balance = (path: string, creditsPosted: string, debitsPosted = '0'): Balance => ({
  bookId: 'book',
  path,
  currency: 'CNY',
  partyId: null,
  deviceId: null,
  at: '2025-03-01T00:00:00.000Z',
  debitsPosted,
  creditsPosted,
  debitsPending: '0',
  creditsPending: '0',
})

test('what was settled is available, the rest is pending; other accounts are nobody’s', () => {
  const standings = standingsOf([
    balance('device:d4k2m9x7qa1bz:takings', '500', '500'),
    balance('party:a:share', '700', '400'),
    balance('party:a:available', '400', '150'),
    balance('supplier:b:goods', '80'),
    balance('facility:l:repayment', '50', '50'),
    balance('facility:l:repaid', '50'),
    balance('psp:sandbox:fees', '9'),
  ])
  expect(standings.map(each => [each.owner, each.pendingMinor, each.availableMinor])).toEqual([
    ['a', 300n, 250n],
    ['b', 80n, 0n],
    ['l', 0n, 50n],
  ])
})
