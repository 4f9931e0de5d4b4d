/** A vending machine on real pseudo-terminals, read by the real drivers, kept by a real journal. */
import type { MachineSettings } from '@tillproof/edge-agent/profile/machine.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bench, openBench, until } from './bench.ts'
import { startVendingMachine, type VendingMachine } from './vending-machine.ts'

const ORDER = '018f2f6e-0000-7000-8000-00000000000'
const SOLD = ['sale.requested', 'payment.seen', 'sale.approved', 'sale.result success']

let bench: Bench
let machine: VendingMachine
let works = true

beforeEach(async () => {
  works = true
  bench = await openBench()
  machine = startVendingMachine({
    dir: bench.dir,
    currency: 'CNY',
    shelf: { 1: 350n, 2: 500n },
    dispenseMs: 100,
    works: () => works,
  })
  await bench.startDrivers(settings())
  await until('both ports up', () =>
    bench
      .drivers()
      .ports()
      .every(port => port.state === 'up'),
  )
  await readerReady()
})

afterEach(async () => {
  await machine.stop()
  await bench.close()
})

function settings(): MachineSettings {
  const { mdb, scanner } = machine.ports
  return {
    profile: 'vending-mdb-reader',
    currency: 'CNY',
    ports: { mdb: { path: mdb, baud: 115_200 }, scanner: { path: scanner, baud: 9600 } },
  }
}

/** A voucher of another currency is refused by a ready machine, and changes nothing. */
async function readerReady(): Promise<void> {
  const foreign = { orderId: `${ORDER}9`, item: '1', amountMinor: 1n, currency: 'EUR' }
  expect(await bench.offer(foreign)).toBe('wrong-currency')
}

function port(name: string) {
  return bench
    .drivers()
    .ports()
    .find(it => it.name === name)
}

function buy(number: number, slot = '1', amountMinor = 350n): void {
  machine.scan(bench.voucher({ orderId: `${ORDER}${number}`, item: slot, amountMinor }))
}

test('scan, choose: approved before the goods, success after them', async () => {
  buy(1)
  await until('asked', () => machine.select('1') === 'asked')
  await until('result', () => bench.sales().length === 4)
  expect(bench.sales()).toEqual(SOLD)
  expect(machine.vends()).toEqual([{ slot: '1', amountMinor: 350n, result: 'success' }])
  const opening = bench.events.find(event => event.open.kind === 'sale.requested')
  const ofSale = bench.events.filter(event => event.open.sale === opening?.index)
  expect(ofSale.length).toBe(4)
  expect(opening?.open).toMatchObject({ amountMinor: 350n, currency: 'CNY', item: '1' })
  expect(ofSale[1]?.open.orderId).toBe(`${ORDER}1`)
})

test('choose, scan; then the goods do not come out', async () => {
  works = false
  expect(machine.select('2')).toBe('asked')
  buy(1, '2', 500n)
  await until('result', () => bench.sales().length === 4)
  expect(bench.sales().at(-1)).toBe('sale.result failed')
})

test('a spent, an expired and a damaged voucher buy nothing', async () => {
  buy(1)
  machine.select('1')
  await until('first sale', () => bench.sales().length === 4)
  await until('idle', () => machine.phase() === 'idle')
  const { offerVoucher } = bench.drivers()
  const fields = { orderId: `${ORDER}2`, item: '1', amountMinor: 350n }
  expect(await offerVoucher(bench.voucher({ ...fields, expiresInMs: -1 }))).toBe('expired')
  expect(await offerVoucher(`${bench.voucher(fields).slice(0, -4)}AAAA`)).toMatch(
    /bad-signature|malformed/,
  )
  machine.select('1')
  await until('asked', () => machine.phase() === 'asking')
  await new Promise(resolve => setTimeout(resolve, 200))
  const again = bench.voucher({ ...fields, orderId: `${ORDER}1` })
  expect(await offerVoucher(again)).toBe('voucher-spent')
  await until('denied', () => machine.phase() === 'idle')
  expect(bench.sales()).toEqual(SOLD)
  expect(machine.vends().length).toBe(1)
})

test('unplug and replug of the scanner: seen, recorded, survived', async () => {
  machine.unplug('scanner')
  await until('down', () => port('scanner')?.state !== 'up')
  machine.replug('scanner')
  await until('up again', () => port('scanner')?.state === 'up')
  expect(port('scanner')?.reopenCount).toBe(1)
  await until('recorded', () => portKinds('scanner').length === 3)
  expect(portKinds('scanner')).toEqual(['port.up', 'port.down', 'port.up'])
  buy(1)
  await until('asked', () => machine.select('1') === 'asked')
  await until('result', () => bench.sales().length === 4)
})

function portKinds(name: string): string[] {
  return bench.events
    .filter(({ open }) => open.port === name && open.kind.startsWith('port.'))
    .map(({ open }) => open.kind)
}

describe('an agent that dies between approval and result', () => {
  test('leaves a sane machine, and the sale presumed', async () => {
    buy(1)
    machine.select('1')
    await until('approved', () => bench.sales().includes('sale.approved'))
    await bench.stopDrivers()
    await until('the machine is idle again', () => machine.phase() === 'idle')
    await bench.startDrivers(settings())
    await until('result', () => bench.sales().length === 4)
    expect(bench.sales().at(-1)).toBe('sale.result presumed')
    expect(machine.vends().length).toBe(1)
    await readerReady()
    buy(2)
    await until('asked', () => machine.select('1') === 'asked')
    await until('next sale', () => bench.sales().length === 8)
    expect(bench.sales().slice(4)).toEqual(SOLD)
  })
})

test('an agent that dies while the machine asks: denied, and the next is served', async () => {
  machine.select('1')
  await bench.stopDrivers()
  expect(machine.phase()).toBe('asking')
  await bench.startDrivers(settings())
  await until('denied', () => machine.phase() === 'idle')
  await readerReady()
  buy(1)
  await until('asked', () => machine.select('1') === 'asked')
  await until('sold', () => bench.sales().length === 4)
})

test('an adapter that is unplugged in mid-vend and comes back', async () => {
  buy(1)
  machine.select('1')
  await until('vending', () => machine.phase() === 'vending')
  machine.unplug('mdb')
  await until('down', () => port('mdb')?.state !== 'up')
  machine.replug('mdb')
  await until('result', () => bench.sales().length === 4)
  expect(bench.sales().at(-1)).toBe('sale.result presumed')
})
