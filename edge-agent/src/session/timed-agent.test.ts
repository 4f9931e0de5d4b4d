/** Machines that the agent switches on and off: a car by the clock, a charger by its meter. */
import { describe, expect, test } from 'vitest'
import { benchOf, GIVE_UP, LOST, look, PAID } from './testing/timed-bench.ts'
import { CAR, CHARGER } from './testing/timed-machines.ts'

describe('a shared car', () => {
  const CREDIT = { orderId: 'o1', amountMinor: 1500n, currency: 'CNY', item: 'ride-30' }
  const PARKED = { unlocked: false, doorOpen: false, ignition: false }
  const UNLOCKED = { ...PARKED, unlocked: true }
  const DRIVING = { ...UNLOCKED, ignition: true }
  const UNLOCK = { type: 'write', writes: [{ point: 'body.unlocked', value: 1 }] }
  const LOCK = { type: 'write', writes: [{ point: 'body.unlocked', value: 0 }] }
  const body = (signals: Record<string, boolean>, odometer = 5000n) => look(signals, { odometer })

  function car() {
    const bench = benchOf(CAR, { item: 'ride-30', minutes: 30, price: '15.00' })
    bench.feed(body(PARKED))
    return bench
  }

  function rentedCar() {
    const bench = car()
    bench.feed({ type: 'voucher', credit: CREDIT })
    bench.feed(body(UNLOCKED), 500)
    return bench
  }

  test('unlocked, driven, returned, locked: one sale, the odometer before and after', () => {
    const bench = rentedCar()
    bench.feed(body(DRIVING), 1000)
    bench.feed(body(UNLOCKED, 17_000n), 1_800_000)
    expect(bench.kinds()).toEqual([
      ...PAID,
      'session.started',
      'session.ended',
      'sale.result success',
    ])
    expect(bench.events.every(event => event.sale === 0)).toBe(true)
    expect(bench.events.at(3)?.draft.fields?.meters).toEqual({ odometer: 5000n })
    expect(bench.events.at(-2)?.draft.fields?.meters).toEqual({ odometer: 17_000n })
    expect(bench.deeds).toEqual([UNLOCK, LOCK])
  })

  test('time used up, but still driving or a door open: the rental goes on', () => {
    const bench = rentedCar()
    bench.feed(body(DRIVING), 2_000_000)
    bench.feed(GIVE_UP, 3_600_000)
    bench.feed(body({ ...UNLOCKED, doorOpen: true }), 1000)
    expect(bench.kinds()).not.toContain('session.ended')
    expect(bench.deeds).toEqual([UNLOCK])
  })

  test('a lock that does not open fails the sale', () => {
    const bench = car()
    bench.feed({ type: 'voucher', credit: CREDIT })
    bench.feed(body(PARKED), 3500)
    bench.feed(body(PARKED), 30_000)
    expect(bench.kinds()).toEqual([...PAID, 'sale.result failed'])
    expect(bench.deeds).toEqual([UNLOCK, UNLOCK, LOCK])
  })

  test('killed on the way: the rental ends by the same clock', () => {
    const bench = rentedCar()
    bench.restart()
    bench.feed(body(DRIVING), 60_000)
    bench.feed(body(UNLOCKED), 1_800_000)
    expect(bench.kinds().slice(-2)).toEqual(['session.ended', 'sale.result success'])
  })

  test('killed between approval and unlock: unlocked after the restart', () => {
    const bench = car()
    bench.feed({ type: 'voucher', credit: CREDIT })
    bench.deeds.length = 0
    bench.restart()
    bench.feed(body(PARKED), 500)
    bench.feed(body(UNLOCKED), 500)
    expect(bench.deeds).toEqual([UNLOCK])
    expect(bench.kinds()).toEqual([...PAID, 'session.started'])
  })

  test('a car that cannot be read any more is presumed used', () => {
    const bench = rentedCar()
    bench.feed(LOST)
    bench.feed(GIVE_UP, 6_000_000)
    expect(bench.kinds().at(-1)).toBe('sale.result presumed')
  })

  test('a car left unlocked with nobody in it is locked', () => {
    const bench = car()
    bench.feed(body(UNLOCKED), 5000)
    bench.feed(body(UNLOCKED), 1000)
    expect(bench.deeds).toEqual([LOCK])
  })

  test('one renter at a time', () => {
    const bench = rentedCar()
    bench.feed({ type: 'voucher', credit: { ...CREDIT, orderId: 'o2' } })
    expect(bench.answers).toEqual(['accepted', 'busy'])
  })
})

describe('a charging post that takes a deposit', () => {
  const CREDIT = { orderId: 'o1', amountMinor: 2000n, currency: 'CNY', item: 'charge' }
  const OFFER = { item: 'charge', minutes: 120, units: 10, price: '20.00', unitPrice: '1.50' }
  const post = (charging: boolean, energy: bigint) => look({ charging }, { energy })
  const OFF = { type: 'write', writes: [{ point: 'relay.relay1', value: 0 }] }

  function charging(from: bigint) {
    const bench = benchOf(CHARGER, OFFER)
    bench.feed(post(false, from))
    bench.feed({ type: 'voucher', credit: CREDIT })
    bench.feed(post(true, from), 1000)
    return bench
  }

  const amounts = (bench: ReturnType<typeof charging>) =>
    bench.events.flatMap(({ draft }) => draft.fields?.amountMinor ?? [])

  test('stops when the units are used up, and owes what they cost', () => {
    const bench = charging(0n)
    bench.feed(post(true, 999n), 3_000_000)
    expect(bench.deeds).toHaveLength(1)
    bench.feed(post(true, 1003n), 10_000)
    expect(bench.deeds.at(-1)).toEqual(OFF)
    expect(bench.events.at(-2)?.draft.fields?.detail).toEqual({
      'bits.energy': 32,
      used: 10.03,
      unit: 'kWh',
    })
    // Deposit asked for, seen, approved; 10.03 kWh at 1.50 are 15.045.
    expect(amounts(bench)).toEqual([2000n, 2000n, 2000n, 1504n])
  })

  test('over the end of the meter, and never more than the deposit', () => {
    const bench = charging(4_294_967_290n)
    bench.feed(post(true, 1494n), 3_000_000)
    expect(bench.events.at(-2)?.draft.fields?.detail).toMatchObject({ used: 15 })
    expect(amounts(bench).at(-1)).toBe(2000n)
  })

  test('a meter that fell says nothing: the deposit is owed when the time is up', () => {
    const bench = charging(5000n)
    bench.feed(post(true, 200n), 7_200_000)
    expect(bench.events.at(-2)?.draft.fields?.detail).toEqual({ 'bits.energy': 32 })
    expect(amounts(bench).at(-1)).toBe(2000n)
  })

  test('the meter of the start survives a power cut', () => {
    const bench = charging(5000n)
    bench.restart()
    bench.feed(post(true, 5200n), 7_200_000)
    expect(amounts(bench).at(-1)).toBe(300n)
  })
})
