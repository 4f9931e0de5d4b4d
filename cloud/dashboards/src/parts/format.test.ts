/** Money stays exact far beyond 2^53, times keep their zone, spans count down to zero. */
import { describe, expect, test } from 'vitest'
import {
  agoText,
  basisPointsText,
  countText,
  instantText,
  moneyText,
  positionText,
  signedMoneyText,
  spanText,
} from './format.ts'

const cny = (amountMinor: string) => ({ amountMinor, currency: 'CNY' })

describe('money', () => {
  test.each([
    ['350', 'zh-CN', '¥3.50'],
    ['350', 'en', 'CN¥3.50'],
    ['0', 'zh-CN', '¥0.00'],
    ['5', 'zh-CN', '¥0.05'],
    ['-123456', 'zh-CN', '-¥1,234.56'],
    ['900719925474099301', 'zh-CN', '¥9,007,199,254,740,993.01'],
  ])('%s minor units in %s is %s', (amount, language, text) => {
    expect(moneyText(cny(amount), language)).toBe(text)
  })

  test('a currency without minor units shows none, one with three shows three', () => {
    expect(moneyText({ amountMinor: '1500', currency: 'JPY' }, 'en')).toBe('¥1,500')
    expect(moneyText({ amountMinor: '1500', currency: 'KWD' }, 'en')).toBe('KWD\u00a01.500')
  })

  test('a gain carries its sign, zero carries none', () => {
    expect(signedMoneyText(cny('100'), 'zh-CN')).toBe('+¥1.00')
    expect(signedMoneyText(cny('-100'), 'zh-CN')).toBe('-¥1.00')
    expect(signedMoneyText(cny('0'), 'zh-CN')).toBe('¥0.00')
  })
})

test('counts are grouped and exact as text', () => {
  expect(countText('900719925474099301', 'en')).toBe('900,719,925,474,099,301')
  expect(countText(12_345, 'zh-CN')).toBe('12,345')
})

test('basis points become percent', () => {
  expect(basisPointsText(1250, 'en')).toBe('12.5%')
  expect(basisPointsText(1, 'en')).toBe('0.01%')
})

test('an instant is shown in the zone asked for', () => {
  const at = '2025-03-01T16:05:09.000Z'
  expect(instantText(at, 'zh-CN', 'Asia/Shanghai')).toBe('2025/03/02 00:05:09')
  expect(instantText(at, 'en', 'UTC')).toBe('Mar 01, 2025, 16:05:09')
})

describe('ages and spans', () => {
  test.each([
    [0, 'now'],
    [-5_000, 'now'],
    [12_000, '12 sec. ago'],
    [119_999, '1 min. ago'],
    [7_200_000, '2 hr. ago'],
    [86_400_000, 'yesterday'],
  ])('%d ms is %s', (age, text) => {
    expect(agoText(age, 'en')).toBe(text)
  })

  test.each([
    [59_999, '59 sec'],
    [60_000, '1 min 0 sec'],
    [3_661_000, '1 hr 1 min'],
    [-1, '0 sec'],
  ])('%d ms left is %s', (left, text) => {
    expect(spanText(left, 'en')).toBe(text)
  })
})

test('a position names its hemispheres', () => {
  expect(positionText({ latitudeDeg: 31.2304, longitudeDeg: 121.4737 })).toBe(
    '31.23040° N, 121.47370° E',
  )
  expect(positionText({ latitudeDeg: -33.5, longitudeDeg: -70.1 })).toBe('33.50000° S, 70.10000° W')
})
