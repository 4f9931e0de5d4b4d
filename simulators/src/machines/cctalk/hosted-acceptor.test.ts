/**
 * The agent as the host of a coin acceptor, with the faults of its wire: every coin is money once
 * in the log, and what cannot be known is said to be lost.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { busPool } from '@tillproof/edge-agent/drivers/bus-pool.ts'
import { openCctalkHost } from '@tillproof/edge-agent/drivers/cctalk-host.ts'
import { testJournal } from '@tillproof/edge-agent/journal/testing.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Bench, openBench, until } from '../bench.ts'
import type { FaultName } from '../faults.ts'
import { type CoinAcceptor, startCoinAcceptor } from './coin-acceptor.ts'

/** 0.05, 0.10, 0.20, 0.50, 1 and 2. */
const WORTH = [0, 5, 10, 20, 50, 100, 200]
const PROFILE = `
profile: coin-box
version: 1
kind: vending
title: { en: Coin box, zh-CN: 投币箱 }
describes: A coin acceptor without a host of its own.
ports: { coins: { driver: cctalk-host, title: { en: Acceptor, zh-CN: 硬币器 } } }
session: { kind: none }
`

let bench: Bench
let acceptor: CoinAcceptor
beforeEach(async () => {
  bench = await openBench()
})
afterEach(async () => {
  await bench.close()
  acceptor.stop()
})

async function start(fault: FaultName | null): Promise<void> {
  acceptor = startCoinAcceptor({ path: join(bench.dir, 'coins'), fault })
  const profile = join(bench.dir, 'coin-box.yaml')
  writeFileSync(profile, PROFILE)
  await bench.startDrivers({ profile, currency: 'EUR', ports: { coins: { path: acceptor.path } } })
  await until('accepting', acceptor.isAccepting)
}

async function insert(coins: number): Promise<void> {
  const before = acceptor.taken.length
  for (let i = 0; acceptor.taken.length < before + coins && i < 600; i++) {
    acceptor.insert((i % 6) + 1)
    await sleep(80)
  }
}

function meters(): Record<string, bigint> {
  const read = bench.events.filter(({ open }) => open.kind === 'meter.read')
  return read.at(-1)?.open.meters ?? {}
}

/** Coins in the log, and those that are said to be lost. */
function counted(): { coins: number; lost: number } {
  const { coinsLost = 0n, ...others } = meters()
  const coins = Object.entries(others).filter(([name]) => /^coin\d+$/.test(name))
  return {
    coins: coins.reduce((sum, [, count]) => sum + Number(count), 0),
    lost: Number(coinsLost),
  }
}

const inserted = () => acceptor.taken.reduce((sum, coin) => sum + (WORTH[coin] ?? 0), 0)

test.each([null, 'noise', 'late-reply', 'double-report'] as const)(
  'with the fault %s every coin is counted once, and is its money',
  async fault => {
    await start(fault)
    await insert(8)
    await until('all counted', () => counted().coins === 8)
    await sleep(500)
    expect(counted()).toEqual({ coins: 8, lost: 0 })
    expect(Number(meters().cashIn)).toBe(inserted())
    const last = bench.events.findLast(({ open }) => open.kind === 'meter.read')
    expect(last?.open).toMatchObject({ port: 'coins', detail: { 'unit.cashIn': 'EUR' } })
  },
  30_000,
)

test('a wire that was pulled out: coins of that time are counted or said to be lost', async () => {
  await start('unplug')
  await insert(12)
  await until('all accounted for', () => {
    const { coins, lost } = counted()
    return coins + lost === acceptor.taken.length
  })
  expect(acceptor.taken.length).toBeGreaterThanOrEqual(10)
}, 30_000)

test('coins of the time when the agent was away are counted, and the lost ones said', async () => {
  await start(null)
  await insert(2)
  await until('counted', () => counted().coins === 2)
  await bench.stopDrivers()
  // The acceptor keeps five events; it took seven.
  await insert(7)
  const profile = join(bench.dir, 'coin-box.yaml')
  await bench.startDrivers({ profile, currency: 'EUR', ports: { coins: { path: acceptor.path } } })
  await until('told', () => counted().lost === 2)
  expect(counted()).toEqual({ coins: 7, lost: 2 })
}, 30_000)

test('out of sale it takes no coins', async () => {
  acceptor = startCoinAcceptor({ path: join(bench.dir, 'coins') })
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  const kept = await testJournal()
  const host = openCctalkHost({
    name: 'coins',
    line: { kind: 'serial', path: acceptor.path, baud: 9600, unitId: 1 },
    map: undefined,
    currency: 'EUR',
    store: kept.journal,
    clock: systemClock,
    log,
    buses: busPool({ clock: systemClock, log }),
    onFact: quiet,
    onState: quiet,
  })
  await until('accepting', acceptor.isAccepting)
  expect(await host.do({ type: 'on-sale', on: false })).toBe(true)
  await until('refusing', () => !acceptor.isAccepting())
  expect(acceptor.insert(1)).toBe(false)
  expect(await host.do({ type: 'on-sale', on: true })).toBe(true)
  await until('accepting again', acceptor.isAccepting)
  expect(acceptor.insert(1)).toBe(true)
  await host.stop()
  await kept.stop()
})
