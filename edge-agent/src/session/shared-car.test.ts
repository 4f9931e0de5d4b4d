/** A rental from unlock to lock, with what the car tells on the way. */
import { expect, test } from 'vitest'
import { sharedCar } from './shared-car.ts'
import type { CarReading } from './shared-car-state.ts'
import { SessionBench } from './testing/session-bench.ts'

const CREDIT = { orderId: 'o1', amountMinor: 1500n, currency: 'CNY', item: 'ride-30' }
const OFFERS = [{ item: 'ride-30', minutes: 30, price: '15.00' }]
const PARKED: CarReading = { unlocked: false, doorOpen: false, ignition: false, odometer: 5000n }
const UNLOCKED = { ...PARKED, unlocked: true }
const DRIVING = { ...UNLOCKED, ignition: true }
const APPROVED = ['sale.requested', 'payment.seen', 'sale.approved']
const fix = { type: 'fix', position: { latitudeE7: 310000000, longitudeE7: 1210000000 } } as const

function look(reading: CarReading) {
  return { type: 'reading', reading } as const
}

function car() {
  const bench = new SessionBench(sharedCar({ currency: 'CNY', offers: OFFERS }))
  bench.feed(look(PARKED))
  return bench
}

function rentedCar() {
  const bench = car()
  bench.feed({ type: 'voucher', credit: CREDIT })
  bench.feed(look(UNLOCKED), 500)
  return bench
}

test('unlocked, driven, returned, locked: every fact of it belongs to the sale', () => {
  const bench = rentedCar()
  bench.feed(fix)
  bench.feed(look({ ...UNLOCKED, doorOpen: true }), 1000)
  bench.feed(look(DRIVING), 1000)
  bench.feed(fix, 5000)
  bench.feed(look({ ...UNLOCKED, odometer: 17_000n }), 1_800_000)
  expect(bench.kinds().at(-1)).toBe('ignition.off')
  bench.feed(look({ ...UNLOCKED, odometer: 17_000n }), 1000)
  expect(bench.kinds()).toEqual([
    ...APPROVED,
    'session.started',
    'position.fix',
    'door.opened',
    'door.closed',
    'ignition.on',
    'position.fix',
    'ignition.off',
    'session.ended',
    'sale.result success',
  ])
  expect(bench.events.every(event => event.sale === 0)).toBe(true)
  expect(bench.events.at(3)?.draft.fields?.meters).toEqual({ odometer: 5000n })
  expect(bench.events.at(-2)?.draft.fields?.meters).toEqual({ odometer: 17_000n })
  expect(bench.deeds).toEqual([{ type: 'unlock' }, { type: 'lock' }])
})

test('time used up, but still driving or a door open: the rental goes on', () => {
  const bench = rentedCar()
  bench.feed(look(DRIVING), 2_000_000)
  bench.feed(look(DRIVING), 1000)
  bench.feed(look({ ...UNLOCKED, doorOpen: true }), 1000)
  bench.feed(look({ ...UNLOCKED, doorOpen: true }), 1000)
  expect(bench.kinds()).not.toContain('session.ended')
})

test('a lock that does not open fails the sale', () => {
  const bench = car()
  bench.feed({ type: 'voucher', credit: CREDIT })
  bench.feed(look(PARKED), 3500)
  bench.feed(look(PARKED), 30_000)
  expect(bench.kinds()).toEqual([...APPROVED, 'sale.result failed'])
  expect(bench.deeds).toEqual([{ type: 'unlock' }, { type: 'unlock' }, { type: 'lock' }])
})

test('killed on the way: the rental ends by the same clock', () => {
  const bench = rentedCar()
  bench.restart()
  bench.feed(look(DRIVING), 60_000)
  bench.feed(look(UNLOCKED), 1_800_000)
  bench.feed(look(UNLOCKED), 1000)
  expect(bench.kinds().slice(-2)).toEqual(['session.ended', 'sale.result success'])
})

test('killed between approval and unlock: unlocked after the restart', () => {
  const bench = car()
  bench.feed({ type: 'voucher', credit: CREDIT })
  bench.deeds.length = 0
  bench.restart()
  bench.feed(look(PARKED), 500)
  bench.feed(look(UNLOCKED), 500)
  expect(bench.deeds).toEqual([{ type: 'unlock' }])
  expect(bench.kinds()).toEqual([...APPROVED, 'session.started'])
})

test('a car that cannot be read any more is presumed used', () => {
  const bench = rentedCar()
  bench.feed({ type: 'timer', id: 'give-up' }, 6_000_000)
  expect(bench.kinds().at(-1)).toBe('sale.result presumed')
})

test('positions: one a minute when parked, none between', () => {
  const bench = car()
  for (let second = 0; second < 120; second++) bench.feed(fix, 1000)
  expect(bench.kinds()).toEqual(['position.fix', 'position.fix'])
  expect(bench.events.every(event => event.sale === null)).toBe(true)
})

test('a car left unlocked with nobody in it is locked', () => {
  const bench = car()
  bench.feed(look(UNLOCKED), 5000)
  bench.feed(look(UNLOCKED), 1000)
  expect(bench.deeds).toEqual([{ type: 'lock' }])
})

test('doors and ignition of nobody are facts of the car', () => {
  const bench = car()
  bench.feed(look({ ...PARKED, doorOpen: true, ignition: true }), 1000)
  expect(bench.kinds()).toEqual(['door.opened', 'ignition.on'])
  expect(bench.events.every(event => event.sale === null)).toBe(true)
})

test('one renter at a time', () => {
  const bench = rentedCar()
  bench.feed({ type: 'voucher', credit: { ...CREDIT, orderId: 'o2' } })
  expect(bench.answers).toEqual(['accepted', 'busy'])
})
