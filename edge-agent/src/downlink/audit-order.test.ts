/** Orders to read the audit, of a socket that nobody answers on and of a machine that has none. */
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { type Audits, startAudits } from '../drivers/audit.ts'
import { keptParts } from '../journal/retention.ts'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { obeyAuditOrders } from './audit-order.ts'

const ORDER = '018f2f6e-0000-7000-8000-000000000001'
const NEXT = '018f2f6e-0000-7000-8000-000000000002'
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

let kept: TestJournal
let audits: Audits
beforeEach(async () => {
  kept = await testJournal()
  audits = startAudits({
    store: kept.journal,
    clock: systemClock,
    log,
    folder: '/nonexistent/audits',
    port: 'dex',
    protocol: 'dex',
    path: '/nonexistent/port',
    baudRate: 9600,
    everyMs: 3_600_000,
  })
})
afterEach(async () => {
  await audits.stop()
  await kept.stop()
})

async function answers() {
  const entries = await kept.journal.readEntries(1, 100)
  return entries.map(entry => decodeOpen(keptParts(entry).open))
}

test('a failure answers, once, and a later order is another one', async () => {
  const obey = obeyAuditOrders({ store: kept.journal, log, audit: audits.run })
  expect(await Promise.all([obey(ORDER), obey(ORDER)])).toEqual(['failed', 'busy'])
  // As after a restart, and the cloud has not seen the answer yet.
  const again = obeyAuditOrders({ store: kept.journal, log, audit: audits.run })
  expect(await again(ORDER)).toBe('known')
  expect(await again(NEXT)).toBe('failed')
  expect(await answers()).toMatchObject([
    { kind: 'audit.failed', port: 'dex', detail: { order: ORDER, list: 2 } },
    { kind: 'audit.failed', port: 'dex', detail: { order: NEXT, list: 2 } },
  ])
})

test('a machine without a socket says so', async () => {
  const reason = 'this machine has no port for audits'
  const audit = () => Promise.resolve({ ok: false, refused: 'no-audit-port', reason } as const)
  const obey = obeyAuditOrders({ store: kept.journal, log, audit })
  expect([await obey(ORDER), await obey(ORDER)]).toEqual(['failed', 'known'])
  expect(await answers()).toMatchObject([
    { kind: 'audit.failed', detail: { order: ORDER, reason } },
  ])
})

test('an agent that stops leaves the order unanswered', async () => {
  await audits.stop()
  const obey = obeyAuditOrders({ store: kept.journal, log, audit: audits.run })
  expect(await obey(ORDER)).toBe('unanswered')
  expect(await answers()).toEqual([])
})
