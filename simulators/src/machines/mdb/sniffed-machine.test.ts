/**
 * A listener on a machine's bus over a pseudo-terminal, with every fault of the adapter's line:
 * what it tells is what happened, or it is presumed, or it is missing; it is never made up.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import { encodeListening } from '@tillproof/firmware-bridge/mdb/sniff-line.ts'
import { mdbSniffer } from '@tillproof/firmware-bridge/mdb/sniffer.ts'
import type { BusFact } from '@tillproof/firmware-bridge/mdb/sniffer-state.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from '../bench.ts'
import type { FaultName } from '../faults.ts'
import { openTestLine } from '../testing-line.ts'
import { type SniffedSale, startSniffedMachine } from './sniffed-machine.ts'

const dir = mkdtempSync(join(tmpdir(), 'tillproof-sniffed-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Four sales and a coin in front of a listener; what it told, and what was. */
async function afternoon(fault: FaultName | null) {
  const machine = startSniffedMachine({ path: join(dir, fault ?? 'none'), fault })
  const sniffer = mdbSniffer({ currency: 'EUR', assumedScale: null })
  const facts: BusFact[] = []
  let framer = lineFramer({ maxBytes: 256 })
  const line = openTestLine({
    path: machine.path,
    baudRate: 115_200,
    onOpen() {
      framer = lineFramer({ maxBytes: 256 })
      void line.write(encodeListening(true))
    },
    onChunk(bytes) {
      for (const frame of framer.push(bytes)) {
        if (frame.kind === 'line') facts.push(...[sniffer.hear(frame.text)].flat().filter(isFact))
      }
    },
  })
  await until('listening', machine.isListenedTo)
  await machine.sellCashless(1, 'sold')
  if (fault === 'unplug') await until('away', () => line.status().state === 'down')
  if (fault === 'unplug' || fault === 'reset') {
    await until('back', () => line.status().state === 'up')
    await sleep(1600)
    await line.write(encodeListening(true))
    await until('listening again', machine.isListenedTo)
  }
  await machine.sellForCash(2)
  await machine.sellCashless(3, 'failed')
  await machine.sellCashless(4, 'sold')
  machine.insertCoin()
  // Behind the last block another poll has to come, so that the last one may leave.
  await sleep(400)
  facts.push(...sniffer.silence())
  await line.stop()
  machine.stop()
  return { facts, sales: machine.sales }
}

function isFact(heard: BusFact | { kind: 'discarded' }): heard is BusFact {
  return heard.kind !== 'discarded'
}

const told = (facts: BusFact[]) =>
  facts.flatMap(fact => {
    if (fact.kind !== 'succeeded' && fact.kind !== 'presumed' && fact.kind !== 'cash-sale')
      return []
    return [`${fact.kind} ${fact.item} ${fact.price?.minor}`]
  })
const TRUTH = ['succeeded 1 55', 'cash-sale 2 60', 'succeeded 4 70']

describe.concurrent('a machine whose adapter', () => {
  test.each([null, 'late-reply', 'double-report', 'counter-reset'] as const)(
    'has the fault %s is heard to the last coin',
    async fault => {
      const { facts, sales } = await afternoon(fault)
      expect(told(facts)).toEqual(TRUTH)
      expect(facts.filter(({ kind }) => kind === 'failed')).toHaveLength(1)
      expect(facts.filter(({ kind }) => kind === 'coin')).toMatchObject([
        { route: 'tube', value: { minor: 100n } },
      ])
      expect(sales.map(({ result }: SniffedSale) => result)).toEqual([
        'sold',
        'sold',
        'failed',
        'sold',
      ])
    },
    20_000,
  )

  test('cuts the line with the outcome: that one is presumed, the others are heard', async () => {
    const { facts } = await afternoon('torn-frame')
    expect(told(facts)).toEqual(['presumed 1 55', ...TRUTH.slice(1)])
  }, 20_000)

  test('is unplugged in the outcome: presumed when the bus is heard again', async () => {
    const { facts } = await afternoon('unplug')
    expect(told(facts)).toEqual(['cash-sale 2 60', 'presumed 1 55', 'succeeded 4 70'])
  }, 20_000)

  test('restarts with its machine: presumed by the reset', async () => {
    const { facts, sales } = await afternoon('reset')
    expect(told(facts)).toEqual(['presumed 1 55', ...TRUTH.slice(1)])
    expect(facts.find(({ kind }) => kind === 'presumed')).toMatchObject({ because: 'reset' })
    expect(sales[0]?.result).toBe('restarted')
  }, 20_000)

  test.each(['noise', 'stuck'] as const)(
    'has the fault %s: nothing is made up',
    async fault => {
      const { facts } = await afternoon(fault)
      for (const one of told(facts)) expect(TRUTH).toContain(one)
    },
    20_000,
  )
})
