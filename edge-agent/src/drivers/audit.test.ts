/** When audits are tried: at power-up, on schedule, sooner after a failure, after the door. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clock, systemClock } from '../clock.ts'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { type Audits, startAudits } from './audit.ts'

const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const HOUR_MS = 3_600_000

let kept: TestJournal
let audits: Audits
/** Timers of the schedule; those of the lines run by themselves. */
let planned: { afterMs: number; run: () => void }[]

const clock: Clock = {
  ...systemClock,
  after(afterMs, run) {
    if (afterMs < 10_000 || afterMs === 600_000) return systemClock.after(afterMs, run)
    const timer = { afterMs, run }
    planned.push(timer)
    return () => {
      planned = planned.filter(it => it !== timer)
    }
  },
}

beforeEach(async () => {
  planned = []
  kept = await testJournal()
  audits = startAudits({
    store: kept.journal,
    clock,
    log,
    folder: '/nonexistent/audits',
    port: 'dex',
    protocol: 'dex',
    path: '/nonexistent/port',
    baudRate: 9600,
    everyMs: 6 * HOUR_MS,
  })
})

afterEach(async () => {
  await audits.stop()
  await kept.stop()
})

const due = () => planned.map(({ afterMs }) => afterMs)

async function fire(): Promise<void> {
  for (const { run } of planned.splice(0)) run()
  await audits.run({})
}

test('after power-up, then sooner and later while it fails, as the schedule at most', async () => {
  expect(due()).toEqual([15_000])
  await audits.run({})
  expect(due()).toEqual([60_000])
  await audits.run({})
  expect(due()).toEqual([120_000])
  for (let i = 0; i < 10; i++) await audits.run({})
  expect(due()).toEqual([6 * HOUR_MS])
})

test('a door that was closed brings it forward', async () => {
  await kept.journal.append({ events: [{ kind: 'door.opened' }] })
  expect(due()).toEqual([15_000])
  await kept.journal.append({ events: [{ kind: 'door.closed' }] })
  expect(due()).toEqual([10_000])
})

test('two asked for at once run one after the other', async () => {
  await fire()
  const both = await Promise.all([audits.run({}), audits.run({})])
  expect(both).toMatchObject([{ refused: 'failed' }, { refused: 'failed' }])
})

test('stopped, nothing is planned and nothing runs', async () => {
  await audits.stop()
  expect(await audits.run({})).toMatchObject({ refused: 'stopped' })
  expect(due()).toEqual([])
})
