/** A table of what can go wrong between machines and cloud, and the sentence that says so. */
import { expect, test } from 'vitest'
import { type Readings, reckon } from './audit.ts'

const device = 'd00000000000a'
const saleIds = [`${device}.1.3`, `${device}.1.7`]

/** One machine, eleven events, two cleared sales of 350. */
function sound(): Readings {
  return {
    journals: [
      {
        deviceId: device,
        size: 11,
        sales: saleIds.map((id, index) => ({ id, orderId: `order-${index}` })),
      },
    ],
    devices: [
      {
        id: device,
        operatorId: '6c0d2c5e-7f4b-4a0e-9a38-0f6d8c5b1f10',
        label: 'x',
        kind: 'vending',
        site: 'y',
        status: 'active',
        liveness: 'live',
        epoch: 1,
        logSize: 11,
        lastHeadAt: null,
        lastEventAt: null,
        position: null,
        salesToday: 2,
        takingsToday: { amountMinor: '700', currency: 'CNY' },
      },
    ],
    sales: saleIds.map(id => ({
      id,
      deviceId: device,
      deviceLabel: 'x',
      item: 'A1',
      amount: { amountMinor: '350', currency: 'CNY' },
      state: 'cleared' as const,
      grade: 'corroborated' as const,
      at: '2026-01-01T00:00:00.000Z',
      orderId: null,
      channel: 'sandbox',
    })),
    accounts: [
      {
        bookId: '6c0d2c5e-7f4b-4a0e-9a38-0f6d8c5b1f10',
        path: `device:${device}:takings`,
        currency: 'CNY',
        debitsPosted: '700',
        creditsPosted: '700',
        debitsPending: '0',
        creditsPending: '0',
      },
    ],
    ledgerBalanced: true,
  }
}

test('a sound system has nothing to say', () => {
  expect(reckon(sound())).toEqual({
    machines: 1,
    events: 11,
    sales: 2,
    matched: 2,
    cleared: 2,
    lost: 0,
    ledgerBalanced: true,
    faults: [],
  })
})

test('events that the cloud lacks are lost', () => {
  const readings = sound()
  for (const each of readings.devices) each.logSize = 8
  expect(reckon(readings).lost).toBe(3)
})

function setAll<T extends object>(list: T[], change: Partial<T>): void {
  for (const each of list) Object.assign(each, change)
}

type Change = (readings: Readings) => void
const faults: [string, Change, string][] = [
  [
    'more events in the cloud than on the machine',
    ({ devices }) => setAll(devices, { logSize: 12 }),
    'the cloud holds 1 events too many',
  ],
  [
    'a sale that the cloud lacks',
    readings => readings.journals[0]?.sales.push({ id: `${device}.1.9`, orderId: 'order-9' }),
    `sale ${device}.1.9 is not in the cloud`,
  ],
  [
    'a sale that no machine made',
    ({ journals }) => journals[0]?.sales.pop(),
    `no machine sold ${device}.1.7`,
  ],
  [
    'an order spent twice',
    ({ journals }) => setAll(journals[0]?.sales ?? [], { orderId: 'order-0' }),
    'order order-0 was spent twice',
  ],
  [
    'a sale booked twice',
    ({ accounts }) => setAll(accounts, { creditsPosted: '1050' }),
    `${device} sold for 700, the ledger booked 1050`,
  ],
  [
    'a machine shut out for a fork',
    ({ devices }) => setAll(devices, { status: 'quarantined' }),
    `${device} is quarantined`,
  ],
]

test.each(faults)('%s', (_, change, sentence) => {
  const readings = sound()
  change(readings)
  expect(reckon(readings).faults).toEqual([sentence])
})
