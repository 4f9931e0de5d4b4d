/** Settings from a text: defaults, settings and profile held together, all faults at once. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { homePaths, parseConfig } from './config.ts'

const parse = (text: string) => parseConfig(text, '/home/agent.yaml')

test('a short file gets its defaults', () => {
  const { machine, ...rest } = parse(`
machine:
  profile: vending-mdb-reader
  ports:
    mdb: { path: /dev/serial/by-id/usb-qibixx }
    scanner: { path: /dev/serial/by-id/usb-gm65, baud: 115200 }
`)
  expect(rest).toEqual({
    broker: {},
    local: { port: 0, nodeRedPort: 0 },
    seal: { intervalMs: 1000 },
    uplink: { window: 4, receiptTimeoutMs: 10_000, drainBatchesPerSecond: 5 },
    journal: { retentionDays: 90 },
    log: { level: 'info' },
  })
  expect(machine).toMatchObject({
    currency: 'CNY',
    lines: {
      mdb: { kind: 'serial', path: '/dev/serial/by-id/usb-qibixx', baud: 115_200, unitId: 1 },
      scanner: { kind: 'serial', path: '/dev/serial/by-id/usb-gm65', baud: 115_200, unitId: 1 },
    },
    offers: [],
    maxPriceMinor: 50_000n,
    fence: null,
  })
})

test('lines by TCP and by wire, speeds and units of the profile, prices of the owner', () => {
  const chair = parse(`
machine:
  profile: massage-chair-modbus
  offers: [{ item: relax-10, minutes: 10, price: "5.00" }]
  maxPrice: "8.00"
  ports: { timer: { tcp: "10.0.0.7:502" } }
`).machine
  expect(chair.lines.timer).toEqual({ kind: 'tcp', host: '10.0.0.7', port: 502, unitId: 1 })
  expect([chair.offers.length, chair.maxPriceMinor]).toEqual([1, 800n])
  const charger = parse(`
machine:
  profile: charger-energy-meter
  ports: { meter: { path: /dev/rs485 }, relay: { path: /dev/rs485, unitId: 9 } }
`).machine
  expect(charger.lines).toEqual({
    meter: { kind: 'serial', path: '/dev/rs485', baud: 19_200, unitId: 1 },
    relay: { kind: 'serial', path: '/dev/rs485', baud: 19_200, unitId: 9 },
  })
  expect(charger.offers.length).toBe(2)
})

test('all faults come at once, each with its place', () => {
  const wrong = 'machine: {profile: vending-mdb-reader}\nlog: {level: loud}\nextra: 1'
  expect(() => parse(wrong)).toThrow(/log\.level: .*extra.*machine\.ports lacks mdb.* scanner/s)
})

test('a needed port that is missing comes with the line to add', () => {
  const wrong = 'machine: {profile: shared-car, ports: {gps: {path: /dev/gps}}}'
  expect(() => parse(wrong)).toThrow(
    'machine.ports lacks body (Body box); ' +
      'under ports add the line "body: { path: /dev/serial/by-id/… }"',
  )
})

test('what does not fit the profile is refused', () => {
  const wrong = `
machine:
  profile: massage-chair-modbus
  currency: JPY
  maxPrice: "500"
  ports: { timer: { tcp: "10.0.0.7:502" }, gps: { path: /dev/gps } }
  offers: [{ item: a, minutes: 5, price: "5.00" }, { item: b, units: 2, price: "501" }]
`
  expect(() => parse(wrong)).toThrow(
    [
      'machine.ports.gps: profile massage-chair-modbus has ports timer',
      'machine.offers.a: 5.00 is no amount in JPY',
      'machine.offers.b: this profile sells no units',
    ].join('; '),
  )
  expect(() =>
    parse(`
machine: {profile: shared-car, ports: {gps: {tcp: "h:1"}, body: {path: /dev/body}}}
`),
  ).toThrow('machine.ports.gps: this driver speaks on a serial line only')
  expect(() => parse('machine: {profile: toaster}')).toThrow('no machine profile toaster')
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

test('every agent.yaml of the installer’s page is good', () => {
  const page = readFileSync(new URL('../../docs/operating/installer.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n(machine:.*?)```/gs)].map(([, text]) => text ?? '')
  expect(blocks.map(text => parse(text).machine.profile.profile)).toEqual([
    'vending-mdb-reader',
    'massage-chair-modbus',
    'shared-car',
  ])
})
