/** A shared car on two real pseudo-terminals (NMEA, Modbus RTU), with real drivers and journal. */
import type { MachineSettings } from '@tillproof/edge-agent/profile/machine.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Bench, openBench, until } from './bench.ts'
import { type SharedCar, startSharedCar } from './shared-car.ts'

const ORDER = '018f2f6e-0000-7000-8000-00000000000'

let bench: Bench
let car: SharedCar

beforeEach(async () => {
  bench = await openBench()
  car = startSharedCar({ dir: bench.dir, unitId: 3 })
  await start()
})

afterEach(async () => {
  await car.stop()
  await bench.close()
})

async function start(): Promise<void> {
  const config: MachineSettings = {
    profile: 'shared-car',
    currency: 'CNY',
    offers: [{ item: 'ride', minutes: 0.1, price: '12.00' }],
    ports: {
      gps: { path: car.ports.gps, baud: 9600 },
      body: { path: car.ports.body, baud: 19_200, unitId: 3 },
    },
  }
  await bench.startDrivers(config)
  const isUp = () =>
    bench
      .drivers()
      .ports()
      .every(port => port.state === 'up')
  await until('both ports up', isUp)
}

function rent(number: number) {
  const fields = { orderId: `${ORDER}${number}`, item: 'ride', amountMinor: 1200n }
  return bench.offer(fields)
}

function stateOf(port: string) {
  return bench
    .drivers()
    .ports()
    .find(({ name }) => name === port)?.state
}

function kinds(): string[] {
  return bench.events.map(event => event.open.kind)
}

test('unlocked, driven round the block, locked', async () => {
  expect(await rent(1)).toBe('accepted')
  await until('unlocked', car.isUnlocked)
  const driving = car.drive(2500)
  await until('locked again', () => !car.isUnlocked(), 20_000)
  await driving
  expect(bench.sales()).toEqual([
    'sale.requested',
    'payment.seen',
    'sale.approved',
    'session.started',
    'session.ended',
    'sale.result success',
  ])
  expect(kinds().filter(kind => kind.startsWith('door.') || kind.startsWith('ignition.'))).toEqual([
    'door.opened',
    'door.closed',
    'ignition.on',
    'ignition.off',
    'door.opened',
    'door.closed',
  ])
  const [before, after] = ['session.started', 'session.ended'].map(
    kind => bench.events.find(event => event.open.kind === kind)?.open.meters?.odometer,
  )
  expect(Number((after ?? 0n) - (before ?? 0n))).toBeGreaterThan(10)
  const fix = bench.events.find(event => event.open.kind === 'position.fix')?.open.position
  expect(Math.abs((fix?.latitudeE7 ?? 0) - 312_304_000)).toBeLessThan(50_000)
})

test('the box is unplugged during a rental: the rental goes on when it is back', async () => {
  expect(await rent(1)).toBe('accepted')
  await until('started', () => bench.sales().includes('session.started'))
  car.unplug('body')
  await until('down', () => stateOf('body') !== 'up')
  car.replug('body')
  await until('told', () => bench.sales().includes('sale.result success'), 30_000)
  const body = bench.events.filter(event => event.open.port === 'body').map(({ open }) => open.kind)
  expect(body.filter(kind => kind.startsWith('port.'))).toEqual(['port.up', 'port.down', 'port.up'])
})

test('killed agent: the rental ends by the same clock', async () => {
  expect(await rent(1)).toBe('accepted')
  await until('started', () => bench.sales().includes('session.started'))
  await bench.stopDrivers()
  await start()
  await until('told', () => bench.sales().includes('sale.result success'), 30_000)
  await until('locked', () => !car.isUnlocked())
})
