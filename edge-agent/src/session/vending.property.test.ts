/**
 * Any order of scans, choices, line losses, full disks and crashes: no sale doubled, none lost,
 * every approved amount accounted for.
 */
import type { EventKind } from '@tillproof/shared/event/event.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DiskFate } from './testing/kept-disk.ts'
import { VendingWorld } from './testing/vending-world.ts'

const SHELF = [
  { item: '1', amount: '3.50', minor: 350n },
  { item: '2', amount: '5.00', minor: 500n },
]

type Happening = (world: VendingWorld) => void

const order = fc.record({
  number: fc.integer({ min: 0, max: 4 }),
  shelf: fc.constantFrom(...SHELF),
})
const scan: fc.Arbitrary<Happening> = order.map(({ number, shelf }) => world => {
  const orderId = `order-${number}-${shelf.item}`
  world.scan({ orderId, amountMinor: shelf.minor, currency: 'CNY', item: shelf.item })
})
const select: fc.Arbitrary<Happening> = fc.constantFrom(...SHELF).map(
  ({ item, amount }) =>
    world =>
      world.select({ item, amount }),
)
const line: fc.Arbitrary<Happening> = fc.constant(world => void world.deliverLine())
const timer: fc.Arbitrary<Happening> = fc
  .constantFrom('match', 'result', 'resolve', 'retry')
  .map(id => world => void world.process.fire(id))
const fate: fc.Arbitrary<Happening> = fc
  .constantFrom<DiskFate>('full', 'crash-before', 'crash-after')
  .map(next => world => {
    world.process.disk.nextFate = next
  })
const rest: fc.Arbitrary<Happening> = fc.constantFrom<Happening>(
  world => world.cancel(),
  world => world.dispense(true),
  world => world.dispense(false),
  world => world.unplug(),
  world => world.plug(),
  world => world.process.crash(),
)

const visit: fc.Arbitrary<Happening> = order.map(({ number, shelf }) => world => {
  world.select({ item: shelf.item, amount: shelf.amount })
  const orderId = `visit-${number}-${world.process.disk.events.length}`
  world.scan({ orderId, amountMinor: shelf.minor, currency: 'CNY', item: shelf.item })
  while (world.deliverLine());
})

const happenings = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: visit },
    { weight: 4, arbitrary: scan },
    { weight: 4, arbitrary: select },
    { weight: 8, arbitrary: line },
    { weight: 2, arbitrary: timer },
    { weight: 1, arbitrary: fate },
    { weight: 4, arbitrary: rest },
  ),
  { maxLength: 80, size: 'max' },
)

function drafts(world: VendingWorld, kind: EventKind) {
  return world.process.disk.ofKind(kind)
}

test('no sale doubled, none lost, every approved amount accounted for', () => {
  const seen: Record<string, number> = { success: 0, failed: 0, presumed: 0 }
  fc.assert(
    fc.property(happenings, list => {
      const world = new VendingWorld()
      for (const happen of list) happen(world)
      world.settle()

      const approved = drafts(world, 'sale.approved')
      const results = drafts(world, 'sale.result')
      const orders = drafts(world, 'payment.seen').map(event => event.draft.fields?.orderId)

      expect(world.process.faults).toEqual([])
      expect(new Set(orders).size).toBe(orders.length)
      expect(orders.length).toBe(approved.length)
      expect(new Set(results.map(event => event.sale)).size).toBe(results.length)
      expect(results.length).toBe(approved.length)
      for (const result of results) {
        const before = approved.find(event => event.sale === result.sale)
        expect(result.draft.fields?.amountMinor).toBe(before?.draft.fields?.amountMinor)
        const cameOut = world.dispensed.filter(sale => sale === result.sale).length
        const told = result.draft.fields?.result ?? 'nothing'
        seen[told] = (seen[told] ?? 0) + 1
        expect([told, cameOut]).not.toEqual(['failed', 1])
        expect([told, cameOut]).not.toEqual(['success', 0])
        expect(cameOut).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 2000 },
  )
  // The property says nothing unless sales do happen.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100)
})
