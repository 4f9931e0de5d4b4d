/** Both Waferlife boxes over a pseudo-terminal, from the host's side, with each fault. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import {
  stepVend,
  VEND_OFF,
  type VendFact,
  type VendInput,
} from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import { waferFramer } from '@tillproof/firmware-bridge/mdb/waferlife.ts'
import {
  stepWaferMaster,
  type WaferMasterEffect,
  type WaferMasterInput,
  waferMasterAtStart,
} from '@tillproof/firmware-bridge/mdb/waferlife-master.ts'
import {
  decodeWaferReader,
  encodeWaferReader,
  type ToldCashSale,
  type WaferReaderConfig,
} from '@tillproof/firmware-bridge/mdb/waferlife-reader.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from '../bench.ts'
import type { FaultName } from '../faults.ts'
import { openTestLine } from '../testing-line.ts'
import { startWaferCashBox } from './waferlife-cash-box.ts'
import { startWaferReaderBox } from './waferlife-reader-box.ts'

const dir = mkdtempSync(join(tmpdir(), 'tillproof-wafer-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A reader that approves whatever is asked. */
function openReader(path: string) {
  const framer = waferFramer()
  const facts: VendFact[] = []
  const cash: ToldCashSale[] = []
  let config: WaferReaderConfig = { currency: 'EUR', scale: null }
  let reader = VEND_OFF

  function feed(input: VendInput): void {
    const step = stepVend(reader, input)
    reader = step.state
    for (const command of step.commands) {
      const bytes = encodeWaferReader(config, command)
      if (bytes !== null) void line.write(bytes)
    }
    for (const fact of step.facts) {
      facts.push(fact)
      if (fact.kind === 'vend-asked') feed({ type: 'approve', ask: fact.ask })
    }
  }
  const line = openTestLine({
    path,
    baudRate: 9600,
    onOpen: () => feed({ type: 'opened' }),
    onChunk(bytes) {
      for (const frame of framer.push(bytes)) {
        if (frame.kind !== 'wafer') continue
        const { scale, line: told } = decodeWaferReader(config, frame.bytes)
        config = { ...config, scale }
        if (told.kind === 'cash-sale') cash.push(told)
        else if (told.kind !== 'discarded' && told.kind !== 'unpriced')
          feed({ type: 'line', line: told })
      }
    },
    onState: state => state === 'down' && feed({ type: 'closed' }),
  })
  const results = () => facts.flatMap(fact => (fact.kind === 'vend-result' ? [fact.result] : []))
  return { line, facts, cash, results }
}

async function sellThree(fault: FaultName | null) {
  const box = startWaferReaderBox({ path: join(dir, `reader-${fault}`), fault })
  const host = openReader(box.path)
  await until('up', () => host.line.status().state === 'up')
  box.switchOn()
  await sleep(100)
  for (const [item, works] of [
    [1, true],
    [2, false],
    [3, true],
  ] as const) {
    for (let tries = 0; tries < 20 && !box.select(item, works); tries++) await sleep(100)
  }
  box.payCash(4)
  await sleep(1000)
  if (fault !== 'stuck') await until('up again', () => host.line.status().state === 'up')
  await host.line.stop()
  box.stop()
  return { box, host }
}

describe.concurrent('as a reader', () => {
  test.each([null, 'late-reply', 'double-report'] as const)(
    'with the fault %s every vend is asked once, and its outcome told',
    async fault => {
      const { box, host } = await sellThree(fault)
      expect(host.facts.filter(({ kind }) => kind === 'vend-asked')).toMatchObject([
        { item: '1', amount: '1.05' },
        { item: '2', amount: '1.10' },
        { item: '3', amount: '1.15' },
      ])
      const results = host.results().filter((_, i) => fault !== 'double-report' || i % 2 === 0)
      expect(results).toEqual(['success', 'failed', 'success'])
      expect(box.vends.map(({ result }) => result)).toEqual(['sold', 'failed', 'sold'])
      const cash = { reader: 1, item: 4, price: { scaled: 24, minor: 120n } }
      expect(host.cash[0]).toMatchObject(cash)
      expect(host.cash).toHaveLength(fault === 'double-report' ? 2 : 1)
    },
    15_000,
  )

  test.each(['noise', 'torn-frame', 'reset', 'unplug', 'stuck'] as const)(
    'with the fault %s no vend is told that was not asked for and approved',
    async fault => {
      const { box, host } = await sellThree(fault)
      const asked = host.facts.filter(({ kind }) => kind === 'vend-asked').length
      expect(host.results().length).toBeLessThanOrEqual(asked)
      expect(box.vends.length).toBeLessThanOrEqual(asked)
    },
    15_000,
  )
})

function openCashHost(path: string) {
  const framer = waferFramer()
  const told: WaferMasterEffect[] = []
  let cancelTimer = () => {}
  let state = waferMasterAtStart('EUR')

  function feed(input: WaferMasterInput): void {
    const step = stepWaferMaster(state, input)
    state = step.state
    step.effects.forEach(perform)
  }
  function perform(effect: WaferMasterEffect): void {
    if (effect.type === 'send') void line.write(effect.bytes)
    else if (effect.type === 'stop-timer') cancelTimer()
    else if (effect.type === 'timer')
      cancelTimer = systemClock.after(effect.ms, () => feed({ type: 'timer' }))
    else told.push(effect)
  }
  const line = openTestLine({
    path,
    baudRate: 9600,
    onOpen() {
      for (const device of ['changer', 'bill-validator'] as const) {
        for (const ask of ['setup', 'accept'] as const) feed({ type: 'ask', ask, device })
      }
    },
    onChunk(bytes) {
      for (const frame of framer.push(bytes)) {
        if (frame.kind === 'wafer') feed({ type: 'heard', bytes: frame.bytes })
      }
    },
    onState: now => now === 'down' && feed({ type: 'closed' }),
  })
  const money = () =>
    told.flatMap(effect => {
      const news = effect.type === 'news' ? effect.news : undefined
      return news?.kind === 'coin' || news?.kind === 'bill'
        ? [Number(news.value?.minor ?? -1n)]
        : []
    })
  return { line, money }
}

describe.concurrent('as a master', () => {
  test.each([null, 'noise', 'torn-frame', 'late-reply', 'reset', 'unplug', 'stuck'] as const)(
    'with the fault %s no money is told that was not taken, and none for another value',
    async fault => {
      const box = startWaferCashBox({ path: join(dir, `cash-${fault}`), fault })
      const host = openCashHost(box.path)
      for (let i = 0; box.taken.length < 6 && i < 100; i++) {
        if (i % 3) box.insertCoin(1 + (i % 5))
        else box.insertBill(i % 2)
        await sleep(40)
      }
      await sleep(600)
      await host.line.stop()
      box.stop()
      if (fault === null || fault === 'late-reply') expect(host.money()).toEqual(box.taken)
      let at = -1
      for (const value of host.money()) {
        at = box.taken.indexOf(value, at + 1)
        expect(at).toBeGreaterThanOrEqual(0)
      }
    },
    15_000,
  )
})
