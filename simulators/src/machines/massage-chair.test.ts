/** A massage chair on a real Modbus TCP server, read by the real driver, kept by a real journal. */
import type { MachineSettings } from '@tillproof/edge-agent/profile/machine.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Bench, openBench, until } from './bench.ts'
import { type MassageChair, startMassageChair } from './massage-chair.ts'

const ORDER = '018f2f6e-0000-7000-8000-00000000000'
const PAID = ['sale.requested', 'payment.seen', 'sale.approved']
const SAT = [...PAID, 'session.started', 'session.ended', 'sale.result success']

let bench: Bench
let chair: MassageChair

beforeEach(async () => {
  bench = await openBench()
  chair = await startMassageChair({ dir: bench.dir, minuteMs: 150 })
  await start()
})

afterEach(async () => {
  await chair.stop()
  await bench.close()
})

async function start(): Promise<void> {
  const { host, port, unitId } = chair.ports.timer
  const config: MachineSettings = {
    profile: 'massage-chair-modbus',
    currency: 'CNY',
    offers: [{ item: 'massage-5', minutes: 5, price: '10.00' }],
    ports: { timer: { tcp: `${host}:${port}`, unitId } },
  }
  await bench.startDrivers(config)
  await until('box seen', () => bench.drivers().ports()[0]?.state === 'up')
}

function sit(number: number) {
  return bench.offer({ orderId: `${ORDER}${number}`, item: 'massage-5', amountMinor: 1000n })
}

function meters(kind: string) {
  return bench.events.find(event => event.open.kind === kind)?.open.meters
}

test('a voucher buys minutes; the meters stand beside them', async () => {
  expect(await sit(1)).toBe('accepted')
  expect(await sit(2)).toBe('busy')
  await until('over', () => bench.sales().length === 6)
  expect(bench.sales()).toEqual(SAT)
  expect(meters('session.started')).toMatchObject({ runs: 1n })
  expect(meters('session.ended')).toEqual({ runs: 1n, minutes: 5n })
  expect(chair.meters()).toEqual({ runs: 1, minutes: 5 })
})

test('killed agent: the run goes on, is not begun again, and is told from the meter', async () => {
  expect(await sit(1)).toBe('accepted')
  await until('running', () => chair.isRunning())
  await bench.stopDrivers()
  await until('over', () => !chair.isRunning())
  await start()
  await until('told', () => bench.sales().length === 6)
  expect(bench.sales()).toEqual(SAT)
  expect(chair.meters().runs).toBe(1)
})

test('the network to the box goes and comes back', async () => {
  await chair.unplug()
  await until('down', () => bench.drivers().ports()[0]?.state === 'down')
  expect(await bench.drivers().offerVoucher('TPV1.a.b')).toBe('malformed')
  const fields = { orderId: `${ORDER}1`, item: 'massage-5', amountMinor: 1000n }
  expect(await bench.drivers().offerVoucher(bench.voucher(fields))).toBe('machine-down')
  await chair.replug()
  await until('up', () => bench.drivers().ports()[0]?.state === 'up')
  expect(bench.drivers().ports()[0]?.reopenCount).toBe(1)
  expect(await sit(1)).toBe('accepted')
  await until('over', () => bench.sales().length === 6)
})
