/** What a machine's own log betrays: which incident it becomes, who sees it, how it is closed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grant, sessionOf } from '../testing.ts'
import {
  type CountedBench,
  type CountedMachine,
  countedBench,
  DAY_MS,
  NOON_MS,
} from './testing-counted.ts'

let bench: CountedBench
let machine: CountedMachine
beforeAll(async () => {
  bench = await countedBench()
})
afterAll(() => bench.close())

describe('goods that come out untold', () => {
  /** Two pieces more than told, with five that are: 2 − 0.0317 a day, certain on the second. */
  async function skims(days: number[]): Promise<void> {
    for (const day of days) {
      machine.sells(5, day)
      machine.reads(100n + BigInt(7 * (day + 1)), day)
    }
    await machine.checked()
  }

  test('are an incident with its evidence, once, until somebody says why', async () => {
    machine = await bench.machine('vending-mdb-counted@1')
    machine.reads(100n)
    await skims([0])
    expect(await machine.incidents()).toEqual([])
    await skims([1])
    const [open = expect.fail('none'), ...others] = await machine.incidents()
    expect(others).toEqual([])
    expect(open).toMatchObject({
      kind: 'goods-unsold',
      closedAt: null,
      detail: {
        meter: 'vends',
        pieces: 4,
        sales: 10,
        days: 2,
        fromIndex: 2,
        toIndex: 34,
        meterBefore: '100',
        meterAfter: '114',
        epoch: 1,
        times: 1,
      },
    })
    const closure = `/api/v1/incidents/${open.id}/closure`
    await bench.app.ask(bench.operator, 'POST', closure, { reason: 'samples for the fair' })
    machine.reads(114n, 1)
    await machine.checked()
    expect(await machine.incidents()).toMatchObject([{ closedReason: 'samples for the fair' }])
    await skims([2, 3])
    expect(await machine.incidents()).toMatchObject([{ closedAt: null }, { id: open.id }])
  })

  test('are seen by a lender with a grant alone, who cannot close them', async () => {
    machine = await bench.machine('vending-mdb-counted@1')
    machine.reads(100n)
    await skims([0, 1])
    const lender = sessionOf(bench.world, bench.world.lender, 'lender')
    expect(await machine.incidents(lender)).toEqual([])
    await grant(bench.db, bench.world, bench.world.lender, 'monitor')
    const [seen = expect.fail('none')] = await machine.incidents(lender)
    expect(seen).toMatchObject({ kind: 'goods-unsold' })
    const closure = `/api/v1/incidents/${seen.id}/closure`
    expect((await bench.app.ask(lender, 'POST', closure, { reason: 'x' })).status).toBe(403)
  })
})

describe('an incident', () => {
  test('of sales that the meter did not count', async () => {
    machine = await bench.machine('vending-mdb-counted@1')
    machine.reads(100n)
    machine.sells(4)
    machine.reads(100n)
    await machine.checked()
    expect(await machine.incidents()).toMatchObject([
      { kind: 'sales-phantom', detail: { meter: 'vends', pieces: 4, meterAfter: '100' } },
    ])
  })

  test('of a meter that fell and a machine that was silent about it, or was not', async () => {
    machine = await bench.machine('vending-mdb-counted@1')
    machine.reads(900n)
    machine.reads(3n)
    await machine.checked()
    const silent = { kind: 'meter-epoch', detail: { meterBefore: '900', meterAfter: '3' } }
    expect(await machine.incidents()).toMatchObject([silent])

    machine = await bench.machine('vending-mdb-counted@1')
    machine.reads(900n)
    machine.reads(3n)
    machine.log.append({ kind: 'meter.epoch', port: 'controller', meters: { vends: 3n } })
    await machine.checked()
    expect(await machine.incidents()).toMatchObject([
      { kind: 'meter-epoch', detail: { event: 'meter.epoch' } },
    ])
  })

  test('of one machine at two places', async () => {
    machine = await bench.machine()
    const at = (latitudeE7: number, longitudeE7: number) => ({ latitudeE7, longitudeE7 })
    machine.log.append({ kind: 'position.fix', position: at(312_304_000, 1_214_737_000) })
    await machine.checked()
    machine.log.append({ kind: 'position.fix', position: at(399_042_000, 1_164_074_000) })
    await machine.checked()
    expect(await machine.incidents()).toMatchObject([
      { kind: 'two-places', detail: { fromIndex: 1, index: 2, seconds: 1 } },
    ])
  })

  test('of more sold than it holds since its door was moved', async () => {
    const door = (kind: 'door.opened' | 'door.closed', atMs: number) =>
      machine.log.append({ kind, detail: { contact: 'doorOpen' }, atMs })
    machine = await bench.machine('vending-mdb-counted@1')
    door('door.opened', NOON_MS)
    door('door.closed', NOON_MS + 60_000)
    machine.sells(1200, 1)
    await machine.checked()
    expect(await machine.incidents()).toEqual([])
    machine.sells(1, 1)
    await machine.checked()
    expect(await machine.incidents()).toMatchObject([
      { kind: 'more-than-held', detail: { stock: 1200, sales: 1201, index: 3604 } },
    ])
    door('door.opened', NOON_MS + 2 * DAY_MS)
    await machine.checked()
    expect(await machine.incidents()).toHaveLength(1)
  })

  test('of events that the machine had to leave out', async () => {
    machine = await bench.machine()
    machine.log.append({ kind: 'gap', detail: { from: 1, to: 2, cause: 'disk', 'door.opened': 2 } })
    await machine.checked()
    expect(await machine.incidents()).toMatchObject([
      { kind: 'events-missing', detail: { cause: 'disk', 'door.opened': 2, index: 1 } },
    ])
  })
})
