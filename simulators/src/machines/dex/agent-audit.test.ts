/** The agent's own audits over a pseudo-terminal, by DEX and by DDCMP, into a real journal. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tillproof/edge-agent/clock.ts'
import { obeyAuditOrders } from '@tillproof/edge-agent/downlink/audit-order.ts'
import { type AuditOptions, startAudits } from '@tillproof/edge-agent/drivers/audit.ts'
import { type TestJournal, testJournal } from '@tillproof/edge-agent/journal/testing.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { decodeOpen, decodeSealed } from '@tillproof/shared/event/codec.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../bench.ts'
import { startDdcmpMachine } from '../ddcmp/ddcmp-machine.ts'
import type { FaultName } from '../faults.ts'
import type { AuditMachine } from './audit-machine.ts'
import type { MachineMeters } from './audit-text.ts'
import { startDexMachine } from './dex-machine.ts'

const METERS: MachineMeters = {
  serial: 'SIM00044',
  date: '20261121',
  time: '101500',
  initialised: { date: '20250102', time: '080000' },
  products: [
    { number: '1', name: 'ESPRESSO', price: 150, sold: 10 },
    { number: '2', name: 'LATTE', price: 200, sold: 5 },
  ],
  cashVends: 4,
  cashValue: 600,
  collections: 3,
  powerCuts: 2,
}
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

let dir: string
let kept: TestJournal
let machine: AuditMachine<unknown> | undefined

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-audit-'))
  kept = await testJournal()
  machine = undefined
})

afterEach(async () => {
  machine?.stop()
  await kept.stop()
  rmSync(dir, { recursive: true, force: true })
})

function audits(protocol: AuditOptions['protocol'], fault?: FaultName) {
  const path = join(dir, 'port')
  const options = { path, meters: METERS, ...(fault === undefined ? {} : { fault }) }
  machine = protocol === 'dex' ? startDexMachine(options) : startDdcmpMachine(options)
  return auditsAt(protocol, path)
}

function auditsAt(protocol: AuditOptions['protocol'], path: string) {
  return startAudits({
    store: kept.journal,
    clock: systemClock,
    log,
    folder: join(dir, 'audits'),
    port: protocol,
    protocol,
    path,
    baudRate: protocol === 'dex' ? 9600 : 2400,
    everyMs: 21_600_000,
  })
}

async function events() {
  const entries = await kept.journal.readEntries(1, 100)
  return entries.flatMap(({ parts }) =>
    parts === null
      ? []
      : [{ ...decodeOpen(parts.open), sealed: parts.sealed && decodeSealed(parts.sealed) }],
  )
}

test('a DEX audit: hash, meters and grades in the log, the bytes in a file beside it', async () => {
  const running = audits('dex')
  const outcome = await running.run({})
  expect(outcome).toMatchObject({ ok: true, vendsValue: '2500', vendsCount: '15', epochs: 0 })
  const [file = ''] = readdirSync(join(dir, 'audits'))
  const bytes = readFileSync(join(dir, 'audits', file))
  const [read] = await events()
  expect(read).toMatchObject({
    kind: 'audit.read',
    port: 'dex',
    meters: { VA101: 2500n, VA102: 15n, CA201: 600n, CA202: 4n, DA201: 1900n, DA202: 11n },
    detail: {
      protocol: 'dex',
      list: 2,
      sha256: toHex(sha256(new Uint8Array(bytes))),
      bytes: bytes.length,
      file,
      g85: 'ok',
      se: 'ok',
      serial: 'SIM00044',
      currency: 'EUR',
      'identity.vends-value': 'holds',
      'identity.products-count': 'holds',
    },
    sealed: null,
  })
  expect(running.status()).toMatchObject({ state: 'up', detail: expect.stringContaining('15') })
  await running.stop()
})

test('what was sold since counts on; an exchanged controller opens a new epoch', async () => {
  const running = audits('dex')
  await running.run({})
  machine?.sell('1', 'cash')
  expect(await running.run({})).toMatchObject({ vendsCount: '16', epochs: 0 })
  machine?.resetCounters('20261201')
  expect(await running.run({})).toMatchObject({ ok: true, vendsCount: '0', epochs: 5 })
  await running.stop()
  const epochs = (await events()).filter(({ kind }) => kind === 'meter.epoch')
  expect(epochs.map(({ meters, detail }) => ({ ...meters, ...detail }))).toEqual([
    { VA101: 0n, 'was.VA101': 2650, cause: 'fell' },
    { CA201: 0n, 'was.CA201': 750, cause: 'fell' },
    { CA305: 0n, 'was.CA305': 750, cause: 'fell' },
    { EA301: 0n, 'was.EA301': 3, cause: 'fell' },
    { VA101: 0n, cause: 'initialised', from: '2025-01-02T08:00:00', to: '2026-12-01T08:00:00' },
  ])
})

test('DDCMP only looks, unless a person asked for a collection', async () => {
  const running = audits('ddcmp')
  expect(await running.run({})).toMatchObject({ ok: true })
  const collection = { requestedBy: 'Li of route 7' }
  expect(await running.run({ collection })).toMatchObject({ ok: true, epochs: 0 })
  expect(machine?.outcomes).toMatchObject([{ list: 'security' }, { list: 'collection' }])
  const read = await events()
  expect(read.map(({ detail }) => detail?.list)).toEqual([2, 1])
  expect(read.map(({ sealed }) => sealed)).toEqual([
    null,
    { text: 'collection asked for by Li of route 7' },
  ])
  await running.stop()
}, 20_000)

test('DEX has no collection to ask for', async () => {
  const running = audits('dex')
  const outcome = await running.run({ collection: { requestedBy: 'Li' } })
  expect(outcome).toMatchObject({ ok: false, refused: 'no-collection' })
  expect(await events()).toEqual([])
  await running.stop()
})

describe('a failed audit is a fact with its reason', () => {
  test.each([
    ['stuck', 'silent'],
    ['unplug', 'closed'],
  ] as const)(
    '%s: %s; the next one is whole',
    async (fault, reason) => {
      const running = audits('dex', fault)
      expect(await running.run({})).toEqual({ ok: false, refused: 'failed', reason })
      expect(running.status()).toMatchObject({ state: 'down' })
      expect(await events()).toMatchObject([
        { kind: 'audit.failed', port: 'dex', detail: { protocol: 'dex', list: 2, reason } },
      ])
      await until('the machine is back', () => existsSync(join(dir, 'port')))
      if (fault === 'unplug') expect(await running.run({})).toMatchObject({ ok: true })
      await running.stop()
    },
    20_000,
  )

  test('no such line', async () => {
    const running = auditsAt('dex', join(dir, 'nothing'))
    expect(await running.run({})).toMatchObject({ ok: false, refused: 'failed' })
    const [failed] = await events()
    expect(failed?.detail?.reason).toContain('cannot be opened')
    await running.stop()
  })
})

test('the line is free between two audits', async () => {
  const running = audits('dex')
  await running.run({})
  const handheld = auditsAt('dex', join(dir, 'port'))
  expect(await handheld.run({})).toMatchObject({ ok: true })
  await handheld.stop()
  await running.stop()
})

test('an order of the cloud is answered by the audit’s event, and collects nothing', async () => {
  const order = '018f2f6e-0000-7000-8000-000000000001'
  const running = audits('ddcmp')
  const obey = obeyAuditOrders({ store: kept.journal, log, audit: running.run })
  expect([await obey(order), await obey(order)]).toEqual(['read', 'known'])
  const read = (await events()).filter(({ kind }) => kind === 'audit.read')
  expect(read).toMatchObject([{ detail: { order, list: 2, g85: 'ok' } }])
  await running.stop()
})
