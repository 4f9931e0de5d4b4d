/**
 * Boxes made from a register map on the agent's Modbus queue, with each fault: the right values, a
 * refusal, never another register's value.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { openModbusBus } from '@tillproof/edge-agent/ports/modbus-bus.ts'
import { type PulseFact, stepPulses } from '@tillproof/firmware-bridge/modbus/counter.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from './bench.ts'
import { FAULT_NAMES, type FaultName } from './faults.ts'
import { startRegisterBox } from './register-box.ts'
import { quietLog } from './testing-line.ts'

const dir = mkdtempSync(join(tmpdir(), 'tillproof-registers-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function openBus(path: string) {
  return openModbusBus({
    name: 'bus',
    transport: { kind: 'rtu', path, baudRate: 19_200 },
    clock: systemClock,
    log: quietLog,
    timeoutMs: 400,
    onState: () => undefined,
  })
}

const REGISTERS = { vends: 0, cashIn: 2, temperature: 4 } as const

describe.concurrent('three registers read at once on one bus', () => {
  test.each([null, ...FAULT_NAMES])(
    'with the fault %s',
    async fault => {
      const box = startRegisterBox({
        path: join(dir, `box-${fault}`),
        map: 'vending-controller',
        fault,
      })
      const bus = openBus(box.path)
      await until(
        'up',
        () => bus.status().state === 'up' || void bus.read(1, block('vends')) === null,
      )
      let right = 0
      for (let round = 0; round < 40 && right < 24; round++) {
        const names = ['vends', 'cashIn', 'temperature'] as const
        const before = box.values()
        const answers = await Promise.all(names.map(name => bus.read(1, block(name))))
        const after = box.values()
        names.forEach((name, i) => {
          const answer = answers[i]
          if (answer === undefined || !answer.ok) return
          right++
          const raw = answer.value.reduce((sum, word) => sum * 65_536n + BigInt(word), 0n)
          expect([before[name] ?? 0n, after[name] ?? 0n]).toContain(raw)
        })
        box.count(BigInt(1 + round * 1000))
        await sleep(50)
      }
      await bus.stop()
      box.stop()
      if (fault !== 'stuck') expect(right).toBeGreaterThan(0)
      if (fault === null) expect(right).toBe(24)
    },
    30_000,
  )
})

function block(name: keyof typeof REGISTERS) {
  return {
    table: 'input',
    address: REGISTERS[name],
    count: name === 'temperature' ? 1 : 2,
  } as const
}

test.each([null, 'counter-reset'] satisfies (FaultName | null)[])(
  'pulses on an I/O module with the fault %s: each one counts once',
  async fault => {
    const box = startRegisterBox({ path: join(dir, `pulse-${fault}`), map: 'pulse-box', fault })
    const bus = openBus(box.path)
    const config = { bits: 32, maxStep: 100n, minorPerPulse: 100n }
    const facts: PulseFact[] = []
    let state: { raw: bigint | null } = { raw: null }
    await until(
      'up',
      () => bus.status().state === 'up' || void bus.read(1, block('vends')) === null,
    )
    for (let look = 0; look < 10; look++) {
      const answer = await bus.read(1, { table: 'input', address: 0, count: 2 })
      if (answer.ok) {
        const raw = answer.value.reduce((sum, word) => sum * 65_536n + BigInt(word), 0n)
        const step = stepPulses(config, state, raw)
        state = step.state
        facts.push(...step.facts)
      }
      box.count(2n)
    }
    await bus.stop()
    box.stop()
    const pulses = facts.flatMap(fact => (fact.kind === 'pulses' ? [fact] : []))
    expect(facts.some(({ kind }) => kind === 'counter-reset')).toBe(fault !== null)
    expect(pulses.every(({ count, amountMinor }) => amountMinor === count * 100n)).toBe(true)
    if (fault === null) expect(pulses.reduce((sum, { count }) => sum + count, 0n)).toBe(18n)
  },
  15_000,
)
