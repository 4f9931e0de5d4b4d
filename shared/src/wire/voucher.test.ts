/** Vouchers: golden ones, every refusal, and no changed character that opens. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/voucher.json' with { type: 'json' }
import { fromBase64Url, toBase64Url } from '../bytes/base64.ts'
import { toHex } from '../bytes/hex.ts'
import { parseDeviceId } from '../ids.ts'
import { hex } from '../testing/bytes.ts'
import type { Delivery, Voucher } from './voucher.ts'
import { issueVoucher, openVoucher } from './voucher.ts'

const privateKey = hex(vectors.privateKey)
const publicKey = hex(vectors.publicKey)
const now = 1750000000000

const vouchers = vectors.vouchers.map(({ fields, body, text }) => ({
  body,
  text,
  voucher: {
    ...fields,
    amountMinor: BigInt(fields.amountMinor),
    deviceId: parseDeviceId(fields.deviceId),
    delivery: fields.delivery as Delivery,
  } as Voucher,
}))
const [first] = vouchers

test.each(vouchers)('golden: $voucher.delivery', ({ voucher, body, text }) => {
  expect(issueVoucher(voucher, privateKey)).toBe(text)
  expect(toHex(fromBase64Url(text.split('.')[1] ?? '') ?? new Uint8Array())).toBe(body)
  expect(openVoucher(text, publicKey, now)).toEqual({ ok: true, voucher })
  expect(openVoucher(text, publicKey, now, voucher.deviceId)).toEqual({ ok: true, voucher })
})

const text = first?.text ?? ''

describe('refused', () => {
  test.each(vectors.malformed)('well signed, but $name', malformed => {
    expect(openVoucher(malformed.text, publicKey, now)).toEqual({ ok: false, refused: 'malformed' })
  })

  const [prefix, body = '', signature = ''] = text.split('.')
  test.each([
    ['nothing', ''],
    ['another prefix', `TPV2.${body}.${signature}`],
    ['no signature', `${prefix}.${body}`],
    ['a part more', `${text}.x`],
    ['padding', `${prefix}.${body}=.${signature}`],
    ['a newline at the end', `${text}\n`],
    ['a long text', `${prefix}.${body}.${'A'.repeat(500)}`],
  ])('%s', (_, bad) => {
    expect(openVoucher(bad, publicKey, now)).toEqual({ ok: false, refused: 'malformed' })
  })

  test('by another key, or with a signature of another length', () => {
    const refused = { ok: false, refused: 'bad-signature' }
    expect(openVoucher(text, new Uint8Array(32).fill(1), now)).toEqual(refused)
    const short = `${prefix}.${body}.${toBase64Url(new Uint8Array(63))}`
    expect(openVoucher(short, publicKey, now)).toEqual(refused)
  })

  test('for another machine, and at the instant it expires', () => {
    expect(openVoucher(text, publicKey, now, 'dzzzzzzzzzzzz')).toEqual({
      ok: false,
      refused: 'foreign',
    })
    expect(openVoucher(text, publicKey, 1750000060000)).toEqual({ ok: false, refused: 'expired' })
    expect(openVoucher(text, publicKey, 1750000059999).ok).toBe(true)
  })

  test('no changed character opens', () => {
    const position = fc.nat({ max: text.length - 1 })
    fc.assert(
      fc.property(position, fc.constantFrom(...'ABab01-_.='), (at, char) => {
        fc.pre(text[at] !== char)
        const changed = `${text.slice(0, at)}${char}${text.slice(at + 1)}`
        expect(openVoucher(changed, publicKey, now).ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('not issued', () => {
  test.each<[string, Partial<Record<keyof Voucher, unknown>>]>([
    ['nothing to pay', { amountMinor: 0n }],
    ['a negative amount', { amountMinor: -1n }],
    ['an order id that is no UUID', { orderId: '1' }],
    ['another device id', { deviceId: 'x' }],
    ['a currency in lower case', { currency: 'cny' }],
    ['an empty item', { item: '' }],
    ['an expiry in seconds with a fraction', { expiresAtMs: 1.5 }],
    ['an unknown delivery', { delivery: 'post' }],
  ])('%s', (_, change) => {
    const voucher = { ...first?.voucher, ...change } as Voucher
    expect(() => issueVoucher(voucher, privateKey)).toThrowError(
      expect.objectContaining({ code: 'voucher.invalid' }),
    )
  })
})
