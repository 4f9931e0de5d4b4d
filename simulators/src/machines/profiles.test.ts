/**
 * Machines of other profiles on real pseudo-terminals, through the agent's own wiring and a real
 * journal: what was never written for them in code has to follow from their profile.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeMessage, HEADERS } from '@tillproof/firmware-bridge/cctalk/frame.ts'
import { hasCompiler } from '@tillproof/firmware-bridge/testing/c-compiler.ts'
import type { EventKind } from '@tillproof/shared/event/event.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Bench, openBench, until } from './bench.ts'
import { makeBridgeProgram, startBridgeProgram } from './bridge-program.ts'
import { startSniffedMachine } from './mdb/sniffed-machine.ts'
import { startWaferReaderBox } from './mdb/waferlife-reader-box.ts'
import { serveUnits } from './modbus-lines.ts'
import { openMachinePort } from './pty.ts'
import { startVendingMachine } from './vending-machine.ts'

const ORDER = '018f2f6e-0000-7000-8000-000000000001'
const PROFILES = new URL('../../../edge-agent/profiles/', import.meta.url)

let bench: Bench

beforeEach(async () => {
  bench = await openBench()
})
afterEach(() => bench.close())

function opens(kind: EventKind) {
  return bench.events.map(({ open }) => open).filter(open => open.kind === kind)
}

function isUp(): boolean {
  const states = bench.drivers().ports()
  return states.length > 0 && states.every(({ state }) => state === 'up')
}

test('an MDB bus that is only listened to: cash and another reader’s sales', async () => {
  const machine = startSniffedMachine({ path: join(bench.dir, 'mdb') })
  await bench.startDrivers({
    profile: 'vending-mdb-sniffer',
    currency: 'EUR',
    ports: { mdb: { path: machine.path } },
  })
  await until('listening', () => machine.isListenedTo() && isUp())
  await machine.sellForCash(3)
  await machine.sellCashless(4, 'sold')
  await machine.sellCashless(5, 'denied')
  await until('all told', () => opens('sale.refused').length === 1)
  const told = opens('sale.requested').map(({ item, amountMinor, tender }) => {
    return [item, amountMinor, tender]
  })
  expect(told).toEqual([
    ['3', 65n, 'cash'],
    ['4', 70n, 'reader'],
    ['5', 75n, 'reader'],
  ])
  expect(opens('sale.result').map(({ result }) => result)).toEqual(['success', 'success'])
  machine.stop()
})

test('what is dearer than the limit is denied, and no voucher is spent on it', async () => {
  const shelf = { 1: 350n, 2: 500n }
  const machine = startVendingMachine({ dir: bench.dir, currency: 'CNY', shelf, dispenseMs: 50 })
  const { mdb, scanner } = machine.ports
  await bench.startDrivers({
    profile: 'vending-mdb-reader',
    maxPrice: '4.00',
    ports: { mdb: { path: mdb }, scanner: { path: scanner } },
  })
  await until('asked', () => machine.select('2') === 'asked')
  await until('denied', () => machine.phase() === 'idle')
  const dear = { orderId: ORDER, item: '2', amountMinor: 500n }
  expect(await bench.offer(dear)).toBe('accepted')
  await until('asked again', () => machine.select('2') === 'asked')
  await until('denied again', () => machine.phase() === 'idle')
  const denied = ['sale.requested', 'sale.refused']
  await until('both noted', () => bench.sales().length === 4)
  expect([bench.sales(), machine.vends()]).toEqual([[...denied, ...denied], []])
  await machine.stop()
})

test('a Waferlife box as reader: a voucher buys, and a cash sale is seen', async () => {
  const box = startWaferReaderBox({ path: join(bench.dir, 'mdb') })
  const scanner = openMachinePort({ path: join(bench.dir, 'scanner'), onData: () => undefined })
  await bench.startDrivers({
    profile: 'vending-waferlife',
    currency: 'EUR',
    ports: { mdb: { path: box.path }, scanner: { path: scanner.path } },
  })
  await until('both up', isUp)
  box.switchOn()
  expect(box.select(2)).toBe(true)
  const voucher = { orderId: ORDER, item: '2', amountMinor: 110n, currency: 'EUR' }
  expect(await bench.offer(voucher)).toBe('accepted')
  await until('told', () => bench.sales().includes('sale.result success'))
  expect(box.vends).toEqual([{ item: 2, scaled: 22, result: 'sold' }])
  box.payCash(3)
  await until('cash told', () => opens('sale.result').length === 2)
  expect(opens('sale.requested')[1]).toMatchObject({
    item: '3',
    tender: 'cash',
    amountMinor: 115n,
    port: 'mdb',
  })
  expect(opens('payment.seen')).toHaveLength(1)
  box.stop()
  scanner.unplug()
})

test('a coin acceptor that is only listened to: coins become meters, once', async () => {
  const wire = openMachinePort({ path: join(bench.dir, 'coins'), onData: () => undefined })
  const profile = join(bench.dir, 'coins.yaml')
  writeFileSync(profile, COINS)
  const settings = { profile, ports: { coins: { path: wire.path } } }
  const answer = (counter: number, ...events: number[]) => {
    const data = Uint8Array.from([counter, ...events, ...Array(10 - events.length).fill(0)])
    const none = new Uint8Array(0)
    const header = HEADERS.readCredits
    wire.write(encodeMessage({ destination: 2, source: 1, header, data: none }))
    wire.write(encodeMessage({ destination: 1, source: 2, header: HEADERS.reply, data }))
  }
  await bench.startDrivers(settings)
  await until('up', isUp)
  answer(7)
  answer(9, 4, 1, 2, 1)
  await until('counted', () => opens('meter.read').length === 1)
  expect(opens('meter.read')[0]).toMatchObject({
    port: 'coins',
    meters: { coin2: 1n, coin4: 1n, coinsLost: 0n },
  })
  await bench.stopDrivers()
  await bench.startDrivers(settings)
  await until('up', isUp)
  // One coin while the agent was away: the counter tells.
  answer(10, 4, 1, 4, 1)
  await until('counted', () => opens('meter.read').length === 2)
  expect(opens('meter.read')[1]?.meters).toEqual({ coin2: 1n, coin4: 2n, coinsLost: 0n })
  wire.unplug()
})

const COINS = `
profile: coins
version: 1
kind: vending
title: { en: Coins, zh-CN: 硬币 }
describes: A coin acceptor beside its own host.
ports: { coins: { driver: cctalk, title: { en: Tap, zh-CN: 旁听线 } } }
session: { kind: none }
`

test('two units on one RS-485 line: a charging post sells by its energy meter', async () => {
  const post = { energy: 1000n, relay1: 0n }
  const line = serveUnits({
    path: join(bench.dir, 'rs485'),
    units: {
      1: { map: 'energy-meter-abb-b23', read: name => (name === 'energy' ? post.energy : 0n) },
      2: {
        map: 'relay-box',
        read: name => (name === 'relay1' ? post.relay1 : 0n),
        write(name, raw) {
          if (name === 'relay1') post.relay1 = raw
        },
      },
    },
  })
  const charging = setInterval(() => {
    if (post.relay1 === 1n) post.energy += 50n
  }, 100)
  await bench.startDrivers({
    profile: 'charger-energy-meter',
    offers: [{ item: 'charge-2-kwh', units: 2, unitPrice: '1.50', price: '3.00' }],
    ports: { meter: { path: line.path }, relay: { path: line.path } },
  })
  await until('both units seen', isUp)
  const voucher = { orderId: ORDER, item: 'charge-2-kwh', amountMinor: 300n }
  expect(await bench.offer(voucher)).toBe('accepted')
  await until('charged', () => bench.sales().includes('sale.result success'))
  await until('switched off', () => post.relay1 === 0n)
  const [before, after] = [opens('session.started')[0], opens('session.ended')[0]]
  expect(before?.detail?.['bits.energy']).toBe(64)
  expect(Number((after?.meters?.energy ?? 0n) - 1000n)).toBeGreaterThanOrEqual(200)
  clearInterval(charging)
  line.unplug()
})

test('a dead box on a living wire is shown alone', async () => {
  const units = { 1: { map: 'energy-meter-abb-b23', read: () => 5n } }
  const line = serveUnits({ path: join(bench.dir, 'rs485'), units })
  await bench.startDrivers({
    profile: 'charger-energy-meter',
    ports: { meter: { path: line.path }, relay: { path: line.path } },
  })
  const states = () =>
    Object.fromEntries(
      bench
        .drivers()
        .ports()
        .map(it => [it.name, it.state]),
    )
  await until('told apart', () => states().meter === 'up' && states().relay === 'down')
  await until('recorded', () => opens('port.down').length === 1)
  expect(opens('port.up').map(({ port }) => port)).toEqual(['meter'])
  expect(opens('port.down').map(({ port }) => port)).toEqual(['relay'])
  line.unplug()
})

test('a controller that counts beside the reader: meters move, doors open', async () => {
  const counted = { vends: 100n, doorOpen: 0n }
  const controller = serveUnits({
    path: join(bench.dir, 'controller'),
    units: {
      1: {
        map: 'vending-controller',
        read: name => (name in counted ? counted[name as 'vends'] : 0n),
      },
    },
  })
  const machine = startVendingMachine({ dir: bench.dir, currency: 'CNY', shelf: { 1: 350n } })
  const { mdb, scanner } = machine.ports
  await bench.startDrivers({
    profile: 'vending-mdb-counted',
    ports: {
      mdb: { path: mdb },
      scanner: { path: scanner },
      controller: { path: controller.path },
    },
  })
  await until('first reading', () => opens('meter.read').length === 1)
  expect(opens('meter.read')[0]).toMatchObject({
    port: 'controller',
    meters: { vends: 100n, cashIn: 0n },
    detail: { 'bits.vends': 32, 'bits.cashIn': 32 },
  })
  counted.vends = 101n
  counted.doorOpen = 1n
  await until('moved', () => opens('meter.read').length === 2)
  expect(opens('meter.read')[1]?.meters).toMatchObject({ vends: 101n })
  await until('opened', () => opens('door.opened').length === 1)
  await machine.stop()
  controller.unplug()
})

describe.skipIf(!hasCompiler())('a chair with a pulse input, behind the bridge in C', () => {
  test('two pulses buy ten minutes; its own counter tells that it ran', async () => {
    mkdirSync(join(bench.dir, 'bridge'))
    const program = makeBridgeProgram(bench.dir)
    const bridge = startBridgeProgram({ dir: join(bench.dir, 'bridge'), program })
    await bench.startDrivers({
      profile: pulseChair(bench.dir),
      ports: { bridge: { path: bridge.path } },
    })
    await until('up', isUp)
    bridge.pulse(0, 7)
    const seen = () => opens('meter.read').some(({ meters }) => meters?.pulses0 === 7n)
    await until('counter known', seen)
    const voucher = { orderId: ORDER, item: 'massage-10', amountMinor: 1000n }
    expect(await bench.offer(voucher)).toBe('accepted')
    const pulses = () => bridge.outputs().filter(line => line === 'output 0 on').length
    await until('both pulses', () => pulses() === 2)
    bridge.contact(3, true)
    bridge.pulse(0, 1)
    await until('started', () => bench.sales().includes('session.started'))
    bridge.contact(3, false)
    await until('told', () => bench.sales().includes('sale.result success'))
    expect(pulses()).toBe(2)
    expect(opens('session.ended')[0]?.meters).toMatchObject({ runs: 8n })
    await bridge.stop()
  })
})

/** The profile that ships, for a board whose contacts have other numbers, without the long rest. */
function pulseChair(dir: string): string {
  const shipped = readFileSync(new URL('massage-chair-pulse.yaml', PROFILES), 'utf8')
  const path = join(dir, 'pulse.yaml')
  const own = shipped.replace('contact3', 'contact4').replace('contact2', 'contact3')
  writeFileSync(path, own.replace('restSeconds: 20', 'restSeconds: 0'))
  return path
}
