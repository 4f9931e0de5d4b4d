/** Settings from a text: defaults, every kind of machine, all faults at once. */
import { expect, test } from 'vitest'
import { homePaths, parseConfig } from './config.ts'

const parse = (text: string) => parseConfig(text, '/home/agent.yaml')

test('a short file gets its defaults', () => {
  expect(
    parse(`
machine:
  kind: vending
  ports:
    mdb: { path: /dev/serial/by-id/usb-qibixx }
    scanner: { path: /dev/serial/by-id/usb-gm65, baud: 115200 }
`),
  ).toEqual({
    machine: {
      kind: 'vending',
      currency: 'CNY',
      ports: {
        mdb: { path: '/dev/serial/by-id/usb-qibixx', baud: 115_200 },
        scanner: { path: '/dev/serial/by-id/usb-gm65', baud: 115_200 },
      },
    },
    local: { port: 0, nodeRedPort: 0 },
    seal: { intervalMs: 1000 },
    uplink: { window: 4, receiptTimeoutMs: 10_000, drainBatchesPerSecond: 5 },
    journal: { retentionDays: 90, telemetryPerHour: 3600 },
    log: { level: 'info' },
  })
})

test('chairs and cars name their lines', () => {
  const chair = parse(`
machine:
  kind: massage-chair
  offers: [{ item: relax-10, minutes: 10, price: "5.00" }]
  ports: { timer: { tcp: "10.0.0.7:502" } }
`)
  expect(chair.machine).toMatchObject({ ports: { timer: { tcp: '10.0.0.7:502', unitId: 1 } } })
  const car = parse(`
machine:
  kind: shared-car
  offers: [{ item: hour, minutes: 60, price: "29.00" }]
  ports: { gps: { path: /dev/gps }, body: { path: /dev/body } }
`)
  expect(car.machine).toMatchObject({ ports: { gps: { baud: 9600 }, body: { unitId: 1 } } })
  expect(parse('machine: {kind: virtual}').machine).toEqual({
    kind: 'virtual',
    currency: 'CNY',
    ports: {},
  })
})

test('all faults come at once, each with its place', () => {
  const wrong = 'machine: {kind: vending, ports: {mdb: {path: ""}}}\nlog: {level: loud}\nextra: 1'
  expect(() => parse(wrong)).toThrow(/ports\.mdb\.path: .*ports\.scanner: .*log\.level: .*extra/s)
})

test('files of a home have fixed names', () => {
  expect(homePaths('/srv/agent')).toMatchObject({
    config: '/srv/agent/agent.yaml',
    identity: '/srv/agent/identity',
    journal: '/srv/agent/journal.db',
    localToken: '/srv/agent/local.token',
    localAddress: '/srv/agent/local.json',
  })
})
