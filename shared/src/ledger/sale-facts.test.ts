/** The hash of a sale's facts, as docs/wire/posting-batch.md spells it. */
import { expect, test } from 'vitest'
import { concat, utf8 } from '../bytes/bytes.ts'
import { fromHex, toHex } from '../bytes/hex.ts'
import { sha256 } from '../crypto/crypto.ts'
import {
  bookedSale,
  businessIdFromSuspense,
  businessIdOfSale,
  saleFactsHash,
} from './sale-facts.ts'

test('is taken over seven: format, sale, order, account, amount, currency, time', () => {
  // 87: array of 7 · 01 · text of 3, 2 and 1 · 19 015e: 350 · text of 3 · 1a 000f4240: a million
  const cbor = fromHex('870163612e31626f31617019015e63434e591a000f4240') ?? expect.fail()
  const facts = { saleId: 'a.1', orderId: 'o1', receivable: 'p', amountMinor: 350n }
  const hash = saleFactsHash({ ...facts, currency: 'CNY', atMs: 1_000_000 })
  expect(toHex(hash)).toBe(toHex(sha256(concat(utf8('tillproof/sale-facts/v1\n'), cbor))))
})

test('a business id names its sale, or none', () => {
  const saleId = 'd0123456789ab.1.7'
  expect(bookedSale(businessIdOfSale(saleId))).toEqual({ saleId, isFromSuspense: false })
  expect(bookedSale(businessIdFromSuspense(saleId))).toEqual({ saleId, isFromSuspense: true })
  expect(bookedSale('refund:1')).toBeUndefined()
})
