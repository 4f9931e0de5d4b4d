/**
 * A disk that fills while a machine sells: the machine tells its customers by switching its reader
 * off, no fact of a begun sale is lost, and it sells again by itself when there is room.
 */
import { afterEach, expect, test } from 'vitest'
import { type Bench, openBench, until } from './bench.ts'
import { mountSmallDisk } from './small-disk.ts'
import { startVendingMachine, type VendingMachine } from './vending-machine.ts'

const MB = 1_000_000
const ORDER = '018f2f6e-0000-7000-8000-00000000000'
const SOLD = ['sale.requested', 'payment.seen', 'sale.approved', 'sale.result success']

const disk = mountSmallDisk(100 * MB)
let bench: Bench
let machine: VendingMachine

afterEach(async () => {
  await machine.stop()
  disk?.empty()
  await bench.close()
  disk?.unmount()
})

async function start(folder: string): Promise<void> {
  bench = await openBench(folder)
  const shelf = { 1: 350n }
  machine = startVendingMachine({ dir: bench.dir, currency: 'CNY', shelf, dispenseMs: 4_000 })
  const { mdb, scanner } = machine.ports
  await bench.startDrivers({
    profile: 'vending-mdb-reader',
    ports: { mdb: { path: mdb }, scanner: { path: scanner } },
  })
  await until('selling', machine.isAttended)
}

function pay(number: number): void {
  const fields = { orderId: `${ORDER}${number}`, item: '1', amountMinor: 350n }
  machine.scan(bench.voucher(fields))
}

function buy(number: number): Promise<void> {
  let showing: NodeJS.Timeout | undefined
  return until('asked', () => machine.select('1') === 'asked').then(() => {
    pay(number)
    // A customer holds the code up again when nothing happens.
    showing = setInterval(() => pay(number), 3_500)
    return until('goods on their way', () => machine.phase() === 'vending').finally(() =>
      clearInterval(showing),
    )
  })
}

test.skipIf(disk === undefined)('out of sale when full, on sale again with room', async () => {
  if (disk === undefined) return
  await start(disk.folder)
  await buy(1)
  // Full to the last byte while the goods come out: the result waits for room.
  disk.fillTo(0)
  await until('noticed', () => bench.drivers().noSale() === 'disk-full')
  await until('the goods came out', () => machine.vends().length === 1)
  await until('the reader is off', () => machine.select('1') === 'reader-off')
  expect(machine.isAttended()).toBe(false)
  const fields = { orderId: `${ORDER}2`, item: '1', amountMinor: 350n }
  expect(await bench.drivers().offerVoucher(bench.voucher(fields))).toBe('disk-full')
  machine.unplug('scanner')
  const scanner = () =>
    bench
      .drivers()
      .ports()
      .find(({ name }) => name === 'scanner')
  await until('unplugged', () => scanner()?.state !== 'up')
  machine.replug('scanner')
  await until('plugged', () => scanner()?.state === 'up')

  disk.empty()
  await until('on sale', () => bench.drivers().noSale() === null)
  await until('its result is written', () => bench.sales().length === 4)
  await until('the reader is on', machine.isAttended)
  await buy(2)
  await until('sold', () => bench.sales().length === 8)
  expect(await bench.history()).toEqual([...SOLD, ...SOLD])
  const gap = bench.events.find(({ open }) => open.kind === 'gap')?.open.detail
  expect(gap).toMatchObject({ cause: 'disk', 'port.down': 1, 'port.up': 1 })
})
