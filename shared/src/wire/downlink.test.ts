/** What comes down is one of a closed list, with nothing unknown in it. */
import { describe, expect, test } from 'vitest'
import { commandMessage, receiptMessage } from './downlink.ts'

describe('receipt topic', () => {
  test.each([
    { v: 1, type: 'receipt', note: 'text' },
    { v: 1, type: 'resend', fromIndex: 0 },
    { v: 1, type: 'refused', code: 'fork', detail: 'two roots for size 8' },
  ])('$type', message => {
    expect(receiptMessage.parse(message)).toEqual(message)
  })

  test.each([
    { v: 2, type: 'receipt', note: 'text' },
    { v: 1, type: 'receipt' },
    { v: 1, type: 'receipt', note: 'text', extra: 1 },
    { v: 1, type: 'resend', fromIndex: -1 },
    { v: 1, type: 'resend', fromIndex: 1.5 },
    { v: 1, type: 'refused', code: 'because', detail: '' },
    { v: 1, type: 'voucher', voucher: 'x' },
    null,
  ])('%j is refused', message => {
    expect(receiptMessage.safeParse(message).success).toBe(false)
  })
})

test('command topic', () => {
  const message = { v: 1, type: 'voucher', voucher: 'TPV1.x.y' }
  expect(commandMessage.parse(message)).toEqual(message)
  expect(commandMessage.safeParse({ ...message, voucher: 'x'.repeat(1025) }).success).toBe(false)
  const order = '018f2f6e-0000-7000-8000-000000000001'
  const audit = { v: 1, type: 'audit', order }
  expect(commandMessage.parse(audit)).toEqual(audit)
  // Nobody orders a collection from afar.
  expect(commandMessage.safeParse({ ...audit, collection: {} }).success).toBe(false)
  expect(commandMessage.safeParse({ ...audit, order: 'now' }).success).toBe(false)
})
