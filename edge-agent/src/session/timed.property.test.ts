/**
 * Any order of payments, looks, lost writes, unplugged lines, faults, full disks and power cuts, on
 * machines that count their runs, that count nothing, and that we switch ourselves: no rental
 * doubled, none lost, every approved amount accounted for.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DiskFate } from './testing/kept-disk.ts'
import { CAR, CHARGER, PULSE_CHAIR, TIMER_CHAIR } from './testing/timed-machines.ts'
import { PRICE_MINOR, TimedWorld } from './testing/timed-world.ts'

type Happening = (world: TimedWorld) => void

const pay: fc.Arbitrary<Happening> = fc
  .integer({ min: 0, max: 5 })
  .map(order => world => world.pay(`order-${order}`))
const visit: fc.Arbitrary<Happening> = fc.constant(world => {
  world.pay(`visit-${world.process.disk.events.length}`)
  world.wait(10)
})
/** Its writes do not arrive. */
const unheard: fc.Arbitrary<Happening> = fc.constant(world => {
  world.pay(`unheard-${world.process.disk.events.length}`)
  world.deliver(false)
})
const deliver: fc.Arbitrary<Happening> = fc
  .boolean()
  .map(arrives => world => world.deliver(arrives))
const wait: fc.Arbitrary<Happening> = fc
  .constantFrom(1, 5, 31, 200, 400, 4000)
  .map(seconds => world => world.wait(seconds))
const cut: fc.Arbitrary<Happening> = fc
  .tuple(fc.constantFrom(0, 1, 40, 400, 10_000), fc.boolean())
  .map(
    ([seconds, arrives]) =>
      world =>
        world.cut(seconds, arrives),
  )
const fate: fc.Arbitrary<Happening> = fc
  .constantFrom<DiskFate>('full', 'crash-before', 'crash-after')
  .map(next => world => {
    world.process.disk.nextFate = next
  })
const rest: fc.Arbitrary<Happening> = fc.constantFrom<Happening>(
  world => world.look(),
  world => world.unplug(),
  world => world.plug(),
  world => world.hold(true),
  world => world.hold(false),
)
const fault: fc.Arbitrary<Happening> = fc.boolean().map(on => world => world.break(on))

const happenings = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: visit },
    { weight: 3, arbitrary: pay },
    { weight: 2, arbitrary: unheard },
    { weight: 4, arbitrary: deliver },
    { weight: 5, arbitrary: wait },
    { weight: 3, arbitrary: cut },
    { weight: 2, arbitrary: fate },
    { weight: 4, arbitrary: rest },
    { weight: 1, arbitrary: fault },
  ),
  { maxLength: 50, size: 'max' },
)

const of = (world: TimedWorld, kind: 'sale.approved' | 'sale.result' | 'payment.seen') =>
  world.process.disk.ofKind(kind)

function expectAccounts(world: TimedWorld, seen: Record<string, number>): void {
  const approved = of(world, 'sale.approved')
  const results = of(world, 'sale.result')
  const orders = of(world, 'payment.seen').map(event => event.draft.fields?.orderId)
  expect(world.process.faults).toEqual([])
  expect(new Set(orders).size).toBe(orders.length)
  expect(orders.length).toBe(approved.length)
  expect(new Set(results.map(({ sale }) => sale)).size).toBe(results.length)
  expect(new Set(results.map(({ sale }) => sale))).toEqual(new Set(approved.map(it => it.sale)))
  for (const { sale, draft } of results) {
    const told = draft.fields?.result ?? 'nothing'
    seen[told] = (seen[told] ?? 0) + 1
    const times = world.begun.filter(it => it === sale).length
    expect(times).toBeLessThanOrEqual(1)
    expect([told, times]).not.toEqual(['success', 0])
    if (!world.broken.includes(sale ?? -1)) expect([told, times]).not.toEqual(['failed', 1])
    expectCourse(world, sale, told)
    if (told !== 'success') expect(draft.fields?.amountMinor).toBe(PRICE_MINOR)
  }
  // What we switch on is off when nobody rents it, and nothing was given to nobody.
  expect(world.serves()).toBe(false)
  expect(world.begun).not.toContain(null)
}

/** A success has its start and end, once each, with the meters of both. */
function expectCourse(world: TimedWorld, sale: number | null, told: string): void {
  const ofSale = world.process.disk.events.filter(event => event.sale === sale)
  const kinds = ofSale.map(({ draft }) => draft.kind)
  const count = (kind: string) => kinds.filter(it => it === kind).length
  expect(count('session.started')).toBeLessThanOrEqual(1)
  expect(count('session.ended')).toBeLessThanOrEqual(count('session.started'))
  if (told === 'success') expect(count('session.ended')).toBe(1)
  expect(kinds.at(-1)).toBe('sale.result')
}

test.each([
  ['that counts its runs', TIMER_CHAIR, ['success', 'failed', 'presumed']],
  ['that counts nothing', PULSE_CHAIR, ['success', 'failed', 'presumed']],
  ['that we unlock and lock', CAR, ['success', 'failed']],
] as const)('a machine %s: none doubled, none lost, all accounted for', (_name, rules, wanted) => {
  const seen: Record<string, number> = {}
  fc.assert(
    fc.property(happenings, list => {
      const world = new TimedWorld(rules)
      for (const happen of list) happen(world)
      world.settle()
      expectAccounts(world, seen)
      const owed = of(world, 'sale.result').map(({ draft }) => draft.fields?.amountMinor)
      expect(owed.every(amount => amount === PRICE_MINOR)).toBe(true)
    }),
    { numRuns: 1000 },
  )
  // The property says nothing unless rentals do happen, and end in each way.
  for (const told of wanted) expect([told, (seen[told] ?? 0) > 50]).toEqual([told, true])
})

test('a deposit: what is owed is what the meter says was used, never more than was paid', () => {
  const seen: Record<string, number> = {}
  let partial = 0
  fc.assert(
    fc.property(happenings, list => {
      const world = new TimedWorld(CHARGER, '0.25')
      for (const happen of list) happen(world)
      world.settle()
      expectAccounts(world, seen)
      for (const { sale, draft } of of(world, 'sale.result')) {
        const { amountMinor = -1n, result } = draft.fields ?? {}
        const ended = world.process.disk.events.find(
          it => it.sale === sale && it.draft.kind === 'session.ended',
        )
        const used = Number(ended?.draft.fields?.detail?.used ?? 0)
        if (result !== 'success') continue
        expect(amountMinor).toBe(BigInt(Math.min(1000, Math.floor(Math.round(used * 100) * 0.25))))
        if (amountMinor < PRICE_MINOR) partial++
      }
    }),
    { numRuns: 500 },
  )
  expect(partial).toBeGreaterThan(20)
})
