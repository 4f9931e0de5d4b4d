/**
 * A cashless reader's session on a Qibixx adapter over a pseudo-terminal, with each fault of the
 * adapter's line: never more sales than the machine vended, but for those that are presumed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lineFramer } from '@tillproof/firmware-bridge/line-framer.ts'
import { decodeAdapterLine, encodeHostCommand } from '@tillproof/firmware-bridge/mdb/qibixx.ts'
import {
  stepVend,
  VEND_OFF,
  type VendFact,
  type VendInput,
} from '@tillproof/firmware-bridge/mdb/vend-session.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from '../bench.ts'
import type { FaultName } from '../faults.ts'
import { openTestLine } from '../testing-line.ts'
import { startReaderAdapter } from './reader-adapter.ts'

const root = mkdtempSync(join(tmpdir(), 'tillproof-qibixx-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A reader that approves every request once. */
function openReader(path: string) {
  const facts: VendFact[] = []
  let framer = lineFramer({ maxBytes: 256 })
  let reader = VEND_OFF

  function feed(input: VendInput): void {
    const step = stepVend(reader, input)
    reader = step.state
    for (const command of step.commands) void line.write(encodeHostCommand(command))
    for (const fact of step.facts) {
      facts.push(fact)
      if (fact.kind === 'vend-asked') feed({ type: 'approve', ask: fact.ask })
    }
  }
  const line = openTestLine({
    path,
    baudRate: 115_200,
    onOpen() {
      framer = lineFramer({ maxBytes: 256 })
      feed({ type: 'opened' })
    },
    onChunk(bytes) {
      for (const frame of framer.push(bytes)) {
        const told = frame.kind === 'line' ? decodeAdapterLine(frame.text) : frame
        if (told.kind !== 'discarded') feed({ type: 'line', line: told })
      }
    },
    onState: state => state === 'down' && feed({ type: 'closed' }),
  })
  return {
    line,
    facts,
    switchOn: () => line.write(encodeHostCommand({ kind: 'switch', on: true })),
  }
}

async function sellThree(fault: FaultName | null) {
  const { port, body, stop } = startReaderAdapter({
    path: join(root, fault ?? 'none'),
    currency: 'EUR',
    shelf: { 1: 100n, 2: 150n, 3: 250n },
    dispenseMs: 100,
    decisionMs: 2500,
    fault,
  })
  const host = openReader(port.path)
  await until('up', () => host.line.status().state === 'up')
  for (const slot of ['1', '2', '3']) {
    for (let tries = 0; tries < 40 && body.select(slot) !== 'asked'; tries++) {
      // As the agent does in case the adapter lost its power.
      if (tries % 5 === 4) await host.switchOn()
      await sleep(100)
    }
  }
  await sleep(1000)
  await host.line.stop()
  stop()
  const results = host.facts.flatMap(it => (it.kind === 'vend-result' ? [it.result] : []))
  const asked = host.facts.filter(({ kind }) => kind === 'vend-asked').length
  return { vends: body.vends, results, asked }
}

describe.concurrent('an adapter', () => {
  test.each([null, 'late-reply'] as const)(
    'with the fault %s tells every vend',
    async fault => {
      const { vends, results } = await sellThree(fault)
      expect(vends.map(({ slot }) => slot)).toEqual(['1', '2', '3'])
      expect(results).toEqual(['success', 'success', 'success'])
    },
    20_000,
  )

  test('that says everything twice is asked and paid once a vend', async () => {
    const { vends, asked } = await sellThree('double-report')
    expect(asked).toBe(3)
    expect(vends).toHaveLength(3)
  }, 20_000)

  test.each(['noise', 'torn-frame', 'reset', 'unplug', 'stuck'] as const)(
    'with the fault %s vends at most what was approved',
    async fault => {
      const { vends, results, asked } = await sellThree(fault)
      expect(vends.length).toBeLessThanOrEqual(asked)
      const sold = results.filter(result => result === 'success').length
      expect(sold).toBeLessThanOrEqual(vends.length)
      expect(results.length).toBeLessThanOrEqual(asked)
    },
    20_000,
  )
})
