/** What is left to pay back. */
import type { Refund } from '@tillproof/shared/api/refunds.ts'
import { expect, test } from 'vitest'
import { leftMinor } from './refunds.ts'

const cny = (amountMinor: string) => ({ amountMinor, currency: 'CNY' })
const refund = (state: Refund['state'], amountMinor: string): Refund => ({
  id: '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b2',
  saleId: null,
  orderId: '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b3',
  deviceId: 'd4k2m9x7qa1bz' as Refund['deviceId'],
  channel: 'sandbox',
  amount: cny(amountMinor),
  fee: cny('0'),
  cause: 'operator',
  reason: 'warm',
  state,
  companyId: null,
  detail: null,
  requestedAt: '2025-03-01T00:00:00.000Z',
  decidedAt: null,
  bookedAt: null,
})

test('what may have gone back counts, what was refused does not', () => {
  expect(leftMinor(cny('350'), [])).toBe(350n)
  const refunds = [refund('succeeded', '100'), refund('unknown', '50'), refund('refused', '200')]
  expect(leftMinor(cny('350'), refunds)).toBe(200n)
})
