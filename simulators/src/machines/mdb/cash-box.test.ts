/**
 * The agent as the master of a coin changer and a bill validator behind Waferlife's box, with the
 * faults of its line: what was taken is money in the log, and never more than was taken.
 */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Bench, openBench, until } from '../bench.ts'
import type { FaultName } from '../faults.ts'
import { startWaferCashBox, type WaferCashBox } from './waferlife-cash-box.ts'

let bench: Bench
let box: WaferCashBox
beforeEach(async () => {
  bench = await openBench()
})
afterEach(async () => {
  await bench.close()
  box.stop()
})

async function start(fault: FaultName | null): Promise<void> {
  box = startWaferCashBox({ path: join(bench.dir, 'cash'), fault })
  const ports = { cash: { path: box.path } }
  await bench.startDrivers({ profile: 'coin-box-waferlife', currency: 'EUR', ports })
}

/** Money goes in whenever it is taken, until so many pieces are. */
async function pay(pieces: number): Promise<void> {
  for (let i = 0; i < pieces; i++) {
    const isNote = i % 3 === 2
    await until('taken', () => (isNote ? box.insertBill(i % 2) : box.insertCoin(i % 6)))
  }
}

function meters() {
  const read = bench.events.findLast(({ open }) => open.kind === 'meter.read')
  const { coins = 0n, notes = 0n, cashIn = 0n, cashOut = 0n } = read?.open.meters ?? {}
  return { coins, notes, cashIn, cashOut, unvalued: read?.open.meters?.cashUnvalued ?? 0n }
}

const inserted = () => BigInt(box.taken.reduce((sum, minor) => sum + minor, 0))

test.each([null, 'late-reply'] as const)(
  'with the fault %s every coin and note is its money, once',
  async fault => {
    await start(fault)
    await pay(6)
    await until('counted', () => meters().cashIn === inserted())
    expect(meters()).toMatchObject({ coins: 4n, notes: 2n, cashOut: 0n, unvalued: 0n })
    const last = bench.events.findLast(({ open }) => open.kind === 'meter.read')
    expect(last?.open).toMatchObject({ port: 'cash', detail: { 'unit.cashIn': 'EUR' } })
  },
  60_000,
)

test.each(['reset', 'unplug', 'torn-frame'] as const)(
  'with the fault %s it takes money again, and none that was not taken is told',
  async fault => {
    await start(fault)
    await pay(3)
    const before = meters().cashIn
    await until('taken again', () => box.insertCoin(5) && meters().cashIn > before)
    expect(meters().cashIn).toBeLessThanOrEqual(inserted())
  },
  60_000,
)

test.each(['noise', 'stuck'] as const)(
  'with the fault %s nothing is made up',
  async fault => {
    await start(fault)
    await pay(6)
    await bench.stopDrivers()
    expect(meters().cashIn).toBeLessThanOrEqual(inserted())
    expect(meters().coins + meters().notes).toBeLessThanOrEqual(6n)
  },
  60_000,
)

test('what was counted is known after a restart of the agent', async () => {
  await start(null)
  await pay(3)
  await until('counted', () => meters().cashIn === inserted())
  await bench.stopDrivers()
  const ports = { cash: { path: box.path } }
  await bench.startDrivers({ profile: 'coin-box-waferlife', currency: 'EUR', ports })
  await until('up', () =>
    bench
      .drivers()
      .ports()
      .every(({ state }) => state === 'up'),
  )
  await pay(3)
  await until('counted on', () => meters().coins + meters().notes === 6n)
}, 60_000)
