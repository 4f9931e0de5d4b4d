/** Whole DDCMP reads over a pseudo-terminal, with each of the machine's faults, in real time. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DdcmpOutcome, ddcmpProtocol } from '@tillproof/edge-agent/drivers/audit-ddcmp.ts'
import { NO_CREDENTIALS } from '@tillproof/firmware-bridge/ddcmp/command.ts'
import { type Audit, readAudit } from '@tillproof/firmware-bridge/eva-dts/audit.ts'
import { afterAll, describe, expect, test } from 'vitest'
import type { AuditMachineOptions } from '../dex/audit-machine.ts'
import type { MachineMeters } from '../dex/audit-text.ts'
import { readOverLine } from '../dex/carrier-line.ts'
import { startDdcmpMachine } from './ddcmp-machine.ts'

const dir = mkdtempSync(join(tmpdir(), 'tillproof-ddcmp-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const meters: MachineMeters = {
  serial: 'SIM00043',
  date: '20261121',
  time: '101500',
  initialised: { date: '20250102', time: '080000' },
  products: Array.from({ length: 20 }, (_, i) => ({
    number: String(i + 1),
    name: `SNACK ${i + 1}`,
    price: 200,
    sold: i,
  })),
  cashVends: 90,
  cashValue: 18_000,
  collections: 3,
  powerCuts: 2,
}

function start(name: string, options: Partial<AuditMachineOptions> = {}) {
  return startDdcmpMachine({ path: join(dir, name), meters, ...options })
}

function read(path: string, collection: { requestedBy: string } | null = null) {
  const protocol = ddcmpProtocol({
    role: 'carrier',
    credentials: NO_CREDENTIALS,
    at: { year: 2026, month: 11, day: 21, hour: 10, minute: 15, second: 0 },
    collection,
    maxAuditBytes: 1_048_576,
    dataPatienceMs: 8000,
  })
  return readOverLine(path, 2400, protocol)
}

function auditOf(outcome: DdcmpOutcome): Audit {
  if (outcome.type !== 'received') expect.fail(JSON.stringify(outcome))
  const audit = readAudit(outcome.audit)
  if ('refused' in audit) expect.fail(audit.refused)
  expect(audit.integrity).toMatchObject({ g85: 'ok', se: 'ok' })
  expect(audit.identities.filter(({ result }) => result.startsWith('off'))).toEqual([])
  return audit
}

describe.concurrent('a machine that', () => {
  test.each([undefined, 'noise', 'torn-frame', 'late-reply', 'double-report'] as const)(
    'has the fault %s tells its whole audit',
    async fault => {
      const machine = start(fault ?? 'none', fault === undefined ? {} : { fault })
      expect(auditOf(await read(machine.path)).meters.get('VA102')).toBe(190n)
      machine.stop()
    },
    20_000,
  )

  test('falls silent fails the read when its patience is over', async () => {
    const machine = start('stuck', { fault: 'stuck' })
    expect(await read(machine.path)).toMatchObject({ type: 'failed', reason: 'silent' })
    machine.stop()
  }, 20_000)

  test.each([
    ['reset', 'silent'],
    ['unplug', 'closed'],
  ] as const)(
    'meets %s fails this read, and the next one is whole',
    async (fault, reason) => {
      const machine = start(fault, { fault })
      expect(await read(machine.path)).toMatchObject({ type: 'failed', reason })
      auditOf(await read(machine.path))
      machine.stop()
    },
    30_000,
  )

  test('has the fault counter-reset tells the next audit from a new life', async () => {
    const machine = start('counter-reset', { fault: 'counter-reset' })
    expect(auditOf(await read(machine.path)).meters.get('VA102')).toBe(190n)
    expect(auditOf(await read(machine.path)).meters.get('VA102')).toBe(0n)
    machine.stop()
  }, 20_000)

  test('is looked at keeps its interval; collected, it begins a new one', async () => {
    const machine = start('lists')
    const interval = async (collection: { requestedBy: string } | null) => {
      const { meters: seen } = auditOf(await read(machine.path, collection))
      return [seen.get('VA102'), seen.get('VA104'), seen.get('EA301')]
    }
    expect(await interval(null)).toEqual([190n, 190n, 3n])
    machine.sell('1', 'cash')
    expect(await interval({ requestedBy: 'route person 7' })).toEqual([191n, 191n, 3n])
    machine.sell('2', 'cashless')
    expect(await interval(null)).toEqual([192n, 1n, 4n])
    machine.stop()
  }, 20_000)
})
