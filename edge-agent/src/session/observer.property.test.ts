/**
 * Any order of bytes, sales, coins, resets of the machine, unplugged adapters, full disks and power
 * cuts: no watched sale doubled, none lost that was heard, every approved amount accounted for, and
 * nothing sent.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BusWorld, type RealSale } from './testing/bus-world.ts'
import type { DiskFate } from './testing/kept-disk.ts'

type Happening = (world: BusWorld) => void

const read: fc.Arbitrary<Happening> = fc
  .constantFrom(1, 7, 30, 200)
  .map(count => world => world.read(count))
const sale: fc.Arbitrary<Happening> = fc
  .tuple(fc.constantFrom<0 | 1>(0, 1), fc.boolean())
  .map(([lessBy, works]) => world => {
    world.request()
    world.approve(lessBy)
    world.outcome(works)
  })
const fate: fc.Arbitrary<Happening> = fc
  .constantFrom<DiskFate>('full', 'crash-before', 'crash-after')
  .map(next => world => {
    world.process.disk.nextFate = next
  })
const ofBus: fc.Arbitrary<Happening> = fc.constantFrom<Happening>(
  world => world.request(),
  world => world.approve(0),
  world => world.approve(1),
  world => world.deny(),
  world => world.outcome(true),
  world => world.outcome(false),
  world => world.coins(),
  world => world.reset(),
)
const ofTime: fc.Arbitrary<Happening> = fc.constantFrom<Happening>(
  world => world.rest(),
  world => world.process.sleep(1_500),
)
const breaks: fc.Arbitrary<Happening> = fc.constantFrom<Happening>(
  world => world.cut(),
  world => world.unplug(),
  world => world.plug(),
  world => world.silence(),
)

const calm = [
  { weight: 3, arbitrary: sale },
  { weight: 6, arbitrary: ofBus },
  { weight: 5, arbitrary: read },
  { weight: 3, arbitrary: ofTime },
]
const stormy = [...calm, { weight: 2, arbitrary: breaks }, { weight: 2, arbitrary: fate }]
const full: fc.Arbitrary<Happening> = fc.constant(world => {
  world.process.disk.nextFate = 'full'
})

/** What was written down, by the approved amount, which is each sale's own. */
function written({ process: { disk } }: BusWorld) {
  const opened = disk.ofKind('sale.requested')
  const refused = new Set(disk.ofKind('sale.refused').map(it => it.sale))
  return opened
    .filter(it => !refused.has(it.sale))
    .map(({ sale: of, draft }) => {
      const results = disk.ofKind('sale.result').filter(it => it.sale === of)
      const told = results[0]?.draft.fields
      const amount = told?.amountMinor === undefined ? null : Number(told.amountMinor)
      const tender = draft.fields?.tender
      return { amount, tender, results: results.length, result: told?.result }
    })
}

const RESULTS = {
  success: 'success',
  failed: 'failed',
  untold: 'presumed',
  'under-way': 'presumed',
}

function expectTrue(world: BusWorld, seen: Record<string, number>): void {
  const sales = written(world)
  expect(world.process.faults).toEqual([])
  expect(sales.every(({ results }) => results === 1)).toBe(true)
  expect(world.process.disk.openSales()).toEqual([])
  const found = sales.flatMap(({ amount, tender, result = 'nothing' }) => {
    seen[result] = (seen[result] ?? 0) + 1
    if (amount === null) return []
    const real = world.sales.find(it => isOf(it, amount))
    expect(real?.paidBy).toBe(tender === 'cash' ? 'cash' : 'card')
    return [real]
  })
  expect(new Set(found).size).toBe(found.length)
  for (const real of world.sales.filter(it => it.heard)) expectWritten(real, sales)
}

/** Where the approval was not heard, what was asked for is all that is known. */
function isOf(real: RealSale, amount: number): boolean {
  return real.approved === amount || (!real.heard && real.asked === amount)
}

function expectWritten(real: RealSale, sales: ReturnType<typeof written>): void {
  const found = sales.find(({ amount }) => amount === real.approved)
  const results = real.slow ? [RESULTS[real.fate], 'presumed'] : [RESULTS[real.fate]]
  expect([real, found?.result]).toEqual([real, expect.toBeOneOf(results)])
}

/** The property says nothing unless sales do happen, and end in each way. */
function expectAll(seen: Record<string, number>, least: number): void {
  for (const result of ['success', 'failed', 'presumed']) {
    expect([result, seen[result]]).toEqual([result, expect.toSatisfy(it => it > least)])
  }
}

test('read to the last byte, with a disk that is full at times: all of it, as it was', () => {
  const seen: Record<string, number> = {}
  const happenings = fc.array(fc.oneof(...calm, { weight: 1, arbitrary: full }), {
    maxLength: 60,
    size: 'max',
  })
  fc.assert(
    fc.property(happenings, list => {
      const world = new BusWorld()
      for (const happen of list) happen(world)
      world.settle()
      expectTrue(world, seen)
      expect(world.sales.every(({ heard }) => heard)).toBe(true)
      expect(written(world)).toHaveLength(world.sales.length)
    }),
    { numRuns: 1000 },
  )
  expectAll(seen, 10)
})

test('whatever breaks off: none doubled, none lost that was heard, all accounted for', () => {
  const seen: Record<string, number> = {}
  const happenings = fc.array(fc.oneof(...stormy), { maxLength: 80, size: 'max' })
  fc.assert(
    fc.property(happenings, list => {
      const world = new BusWorld()
      for (const happen of list) happen(world)
      world.settle()
      expectTrue(world, seen)
    }),
    { numRuns: 1500 },
  )
  expectAll(seen, 100)
})
