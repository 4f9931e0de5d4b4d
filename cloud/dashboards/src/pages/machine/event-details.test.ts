/** Events show their facts in words; what is only frame stays out. */
import { expect, test } from 'vitest'
import { eventDetails } from './event-details.ts'

test('money, item and result', () => {
  const open = {
    kind: 'sale.result',
    index: 12,
    atMs: 1,
    amountMinor: '350',
    currency: 'CNY',
    item: 'A3',
    result: 'success',
  }
  expect(eventDetails(open, 'zh-CN')).toEqual([
    { name: 'amountMinor', text: '¥3.50' },
    { name: 'item', text: 'A3' },
    { name: 'result', text: 'success' },
  ])
})

test('a position in degrees, meters one by one', () => {
  expect(
    eventDetails(
      { position: { latitudeE7: 312304000, longitudeE7: 1214737000 }, meters: { runs: '42' } },
      'en',
    ),
  ).toEqual([
    { name: 'position', text: '31.23040° N, 121.47370° E' },
    { name: 'runs', text: '42' },
  ])
})

test('an amount without a currency is shown as it came', () => {
  expect(eventDetails({ amountMinor: 350 }, 'en')).toEqual([{ name: 'amountMinor', text: '350' }])
})
