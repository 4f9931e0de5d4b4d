/** A statement as CSV, written out by hand. */
import type { Statement } from '@tillproof/shared/api/statements.ts'
import { expect, test } from 'vitest'
import { statementCsv } from './csv.ts'

const book = '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b2'
const sums = (creditsPosted: string) => ({
  debitsPosted: '20',
  creditsPosted,
  debitsPending: '0',
  creditsPending: '0',
})
const STATEMENT: Statement = {
  bookId: book,
  path: 'party:x:share',
  currency: 'CNY',
  partyId: null,
  deviceId: null,
  from: '2025-03-01T00:00:00.000Z',
  to: '2025-04-01T00:00:00.000Z',
  opening: sums('10'),
  closing: sums('1055'),
  items: [
    {
      journal: 7,
      leg: 2,
      businessId: 'odd,"one"',
      kind: 'sale',
      at: '2025-03-02T10:00:00.000Z',
      bookedAt: '2025-03-03T10:00:00.000Z',
      side: 'credit',
      phase: 'posted',
      amountMinor: '1045',
      balanceMinor: '1035',
      deviceId: 'd4k2m9x7qa1bz' as Statement['deviceId'],
      saleId: null,
      agreement: { id: book, version: 3 },
    },
    {
      journal: 6,
      leg: 1,
      businessId: 'pending:deposit',
      kind: 'pending',
      at: '2025-03-02T09:00:00.000Z',
      bookedAt: '2025-03-02T09:00:00.000Z',
      side: 'debit',
      phase: 'pending',
      amountMinor: '500',
      balanceMinor: '-10',
      deviceId: null,
      saleId: null,
      agreement: null,
    },
  ],
  next: null,
}

test('opening, movements oldest first, closing; exact amounts, quoted texts', () => {
  expect(statementCsv(STATEMENT).split('\r\n')).toEqual([
    'booked_at,happened_at,kind,source,machine,agreement,phase,debit,credit,balance,currency',
    '2025-03-01T00:00:00.000Z,,opening,,,,,,,-0.10,CNY',
    '2025-03-02T09:00:00.000Z,2025-03-02T09:00:00.000Z,pending,pending:deposit,,,pending,' +
      '5.00,,-0.10,CNY',
    '2025-03-03T10:00:00.000Z,2025-03-02T10:00:00.000Z,sale,"odd,""one""",d4k2m9x7qa1bz,' +
      `${book} 3,posted,,10.45,10.35,CNY`,
    '2025-04-01T00:00:00.000Z,,closing,,,,,,,10.35,CNY',
    '',
  ])
})
