/**
 * Whole DEX/UCS reads over a pseudo-terminal: the agent's serial line and the carrier's session at
 * one end, the machine with each of its faults at the other, in real time.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { type DexOutcome, dexProtocol } from '@tillproof/edge-agent/drivers/audit-dex.ts'
import { type Audit, readAudit } from '@tillproof/firmware-bridge/eva-dts/audit.ts'
import { compareAudits } from '@tillproof/firmware-bridge/eva-dts/epoch.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from '../bench.ts'
import type { MachineMeters } from './audit-text.ts'
import { readOverLine } from './carrier-line.ts'
import { type DexMachineOptions, startDexMachine } from './dex-machine.ts'

const dir = mkdtempSync(join(tmpdir(), 'tillproof-dex-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

// 28 products: an audit of about 1.3 KB, six blocks.
const meters: MachineMeters = {
  serial: 'SIM00042',
  date: '20261121',
  time: '101500',
  initialised: { date: '20250102', time: '080000' },
  products: Array.from({ length: 28 }, (_, i) => ({
    number: String(i + 1),
    name: `DRINK ${i + 1}`,
    price: 150,
    sold: i,
  })),
  cashVends: 100,
  cashValue: 15_000,
  collections: 3,
  powerCuts: 2,
}

function start(name: string, options: Partial<DexMachineOptions> = {}) {
  return startDexMachine({ path: join(dir, name), meters, ...options })
}

/** One read by the carrier, on a line opened for it. */
function read(path: string, listenMs = 50): Promise<DexOutcome> {
  const protocol = dexProtocol({
    role: 'carrier',
    communicationId: 'LQD0000001',
    revisionLevel: 'R00L06',
    listenMs,
    dataPatienceMs: 10_000,
    maxAuditBytes: 1_048_576,
  })
  return readOverLine(path, 9600, protocol)
}

function auditOf(outcome: DexOutcome): Audit {
  if (outcome.type !== 'received') expect.fail(JSON.stringify(outcome))
  const audit = readAudit(outcome.audit)
  if ('refused' in audit) expect.fail(audit.refused)
  return audit
}

function expectWhole(audit: Audit): void {
  expect(audit.integrity).toMatchObject({ g85: 'ok', se: 'ok' })
  expect(audit.meters.get('VA102')).toBe(378n)
  expect(audit.products).toHaveLength(28)
  const bad = audit.identities.filter(({ result }) => result.startsWith('off'))
  expect(bad).toEqual([])
}

describe.concurrent('a machine that', () => {
  test('waits to be asked', async () => {
    const machine = start('waiting')
    expectWhole(auditOf(await read(machine.path)))
    await until('the machine knows', () => machine.outcomes.length === 1)
    expect(machine.outcomes[0]).toMatchObject({ type: 'delivered' })
    machine.stop()
  })

  test('insists on asking first', async () => {
    const machine = start('master', { manner: 'master' })
    expectWhole(auditOf(await read(machine.path, 3000)))
    machine.stop()
  })

  test.each(['noise', 'torn-frame', 'late-reply', 'double-report'] as const)(
    'has the fault %s still tells its whole audit',
    async fault => {
      const machine = start(fault, { fault })
      expectWhole(auditOf(await read(machine.path)))
      machine.stop()
    },
  )

  test.each(['noise', 'torn-frame', 'late-reply', 'double-report'] as const)(
    'insists on asking first, with the fault %s, tells it as well',
    async fault => {
      const machine = start(`master-${fault}`, { manner: 'master', fault })
      expectWhole(auditOf(await read(machine.path, 3000)))
      machine.stop()
    },
    15_000,
  )

  test('falls silent fails the read within the session timer', async () => {
    const machine = start('stuck', { fault: 'stuck' })
    const began = systemClock.monotonicMs()
    expect(await read(machine.path)).toEqual({ type: 'failed', failure: { reason: 'silent' } })
    expect(systemClock.monotonicMs() - began).toBeLessThan(8000)
    machine.stop()
  })

  test.each([
    ['reset', 'silent'],
    ['unplug', 'closed'],
  ] as const)('meets %s fails this read, and the next one is whole', async (fault, reason) => {
    const machine = start(fault, { fault })
    expect(await read(machine.path)).toEqual({ type: 'failed', failure: { reason } })
    expectWhole(auditOf(await read(machine.path)))
    machine.stop()
  })

  test('has the fault counter-reset tells the next audit from a new life', async () => {
    const machine = start('counter-reset', { fault: 'counter-reset' })
    const first = auditOf(await read(machine.path))
    expectWhole(first)
    const alerts = compareAudits(first, auditOf(await read(machine.path)))
    expect(alerts).toContainEqual({ kind: 'fell', element: 'VA101', from: 56_700n, to: 0n })
    machine.stop()
  })

  test('sells between two reads counts on; exchanged, it begins a new epoch', async () => {
    const machine = start('epochs')
    const first = auditOf(await read(machine.path))
    machine.sell('1', 'cash')
    machine.sell('2', 'cashless')
    const second = auditOf(await read(machine.path))
    expect(second.meters.get('VA101')).toBe(56_700n + 300n)
    expect(compareAudits(first, second)).toEqual([])
    machine.resetCounters('20261201')
    expect(compareAudits(second, auditOf(await read(machine.path)))).toEqual([
      { kind: 'fell', element: 'VA101', from: 57_000n, to: 0n },
      { kind: 'fell', element: 'CA201', from: 15_150n, to: 0n },
      { kind: 'fell', element: 'CA305', from: 15_150n, to: 0n },
      { kind: 'fell', element: 'EA301', from: 3n, to: 0n },
      { kind: 'initialised', from: '2025-01-02T08:00:00', to: '2026-12-01T08:00:00' },
    ])
    machine.stop()
  })
})
