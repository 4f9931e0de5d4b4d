/** A machine's own meter against its own sales: which it bears out, and the sums of its takings. */
import type { Takings } from '@tillproof/shared/api/takings.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sessionOf } from '../testing.ts'
import { type CountedBench, type CountedMachine, countedBench } from './testing-counted.ts'

let bench: CountedBench
let machine: CountedMachine
beforeAll(async () => {
  bench = await countedBench()
})
afterAll(() => bench.close())

describe('a sale is corroborated', () => {
  test('only between two readings by which the machine’s own counter agrees', async () => {
    machine = await bench.machine('vending-mdb-counted@1')
    machine.reads(100n)
    machine.sells(2)
    machine.reads(102n)
    machine.sells(1)
    machine.reads(102n)
    machine.sells(1)
    await machine.checked()
    expect(await machine.grades()).toEqual({
      3: 'corroborated',
      6: 'corroborated',
      10: 'signed',
      14: 'signed',
    })
    machine.reads(103n)
    await machine.checked()
    expect(await machine.grades()).toMatchObject({ 10: 'signed', 14: 'corroborated' })
  })

  test('of a rental by the readings that the ends of two sessions bring', async () => {
    const runs = (runs: bigint) => ({ port: 'timer', meters: { runs } })
    const rents = (before: bigint, after: bigint) => {
      const sale = machine.log.entries.length
      const price = { amountMinor: 1000n, currency: 'CNY' }
      machine.log.append({ kind: 'sale.requested', sale, item: 'massage-10', ...price })
      machine.log.append({ kind: 'sale.approved', sale, ...price })
      machine.log.append({ kind: 'session.started', sale, ...runs(before) })
      machine.log.append({ kind: 'session.ended', sale, ...runs(after) })
      machine.log.append({ kind: 'sale.result', sale, result: 'success' })
    }
    machine = await bench.machine('massage-chair-modbus@1')
    rents(40n, 41n)
    rents(42n, 42n)
    rents(42n, 42n)
    await machine.checked()
    expect(await machine.grades()).toEqual({ 2: 'signed', 7: 'corroborated', 12: 'signed' })
  })

  test('by nothing that its profile does not call a witness', async () => {
    machine = await bench.machine('vending-mdb-reader@1')
    machine.reads(100n)
    machine.sells(1)
    machine.reads(101n)
    await machine.checked()
    expect(await machine.grades()).toEqual({ 3: 'signed' })
  })
})

test('takings by grade, with what the meter says of the same days', async () => {
  machine = await bench.machine('vending-mdb-counted@1')
  machine.reads(100n)
  machine.sells(3)
  machine.reads(103n)
  machine.sells(2)
  machine.reads(106n)
  machine.sells(4, 1)
  machine.reads(110n, 1)
  await machine.checked()
  const of = (from: string, to: string) =>
    bench.asked<Takings>(
      bench.operator,
      `/api/v1/devices/${machine.deviceId}/takings?from=${from}&to=${to}`,
    )
  expect(await of('2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z')).toEqual({
    deviceId: machine.deviceId,
    from: '2026-11-21T00:00:00.000Z',
    to: '2026-11-22T00:00:00.000Z',
    grades: [
      { grade: 'corroborated', sales: 3, amount: { amountMinor: '1050', currency: 'CNY' } },
      { grade: 'signed', sales: 2, amount: { amountMinor: '700', currency: 'CNY' } },
    ],
    meters: [{ meter: 'vends', rise: 6, sales: 5, unsold: 1, phantom: 0, epochs: 0 }],
    money: [
      {
        currency: 'CNY',
        soldMinor: '1750',
        paidMinor: '0',
        settledMinor: '0',
        cashToldMinor: '0',
        openMinor: '1750',
      },
    ],
    shares: [],
  })
  expect(await of('2026-11-22T00:00:00Z', '2026-11-21T00:00:00Z')).toMatchObject({
    code: 'period.invalid',
  })
  const stranger = sessionOf(bench.world, bench.world.site, 'site')
  const path = `/api/v1/devices/${machine.deviceId}/takings?from=2026-11-21T00:00:00Z`
  expect((await bench.app.ask(stranger, 'GET', `${path}&to=2026-11-22T00:00:00Z`)).status).toBe(404)
})
