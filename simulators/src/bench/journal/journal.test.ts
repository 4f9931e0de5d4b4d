/** The benchmark of the journal: its arithmetic, and that it measures what it says. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasCompiler } from '@tillproof/firmware-bridge/testing/c-compiler.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runAnyhow } from '../../demo/run-to-end.ts'
import { openBenchJournal, payloadBytesOf } from './appenders.ts'
import { lateness, quantile, turnsOf } from './lateness.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillproof-bench-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a stall counts for every turn that it held up', () => {
  expect(turnsOf(0.4)).toEqual([0.4])
  expect(turnsOf(5)).toEqual([5, 3, 1])
  expect(turnsOf(-0.3)).toEqual([0])
})

test('a wait for a core is no delay of its own', async () => {
  const clock = { nowMs: 0, waitedMs: 100 }
  const late = lateness(
    () => clock.nowMs,
    () => clock.waitedMs,
  )
  clock.nowMs = 7
  clock.waitedMs = 103.5
  await new Promise(resolve => setTimeout(resolve, 20))
  const { all, own } = late.stop()
  expect([all.slice(0, 3), own[0]]).toEqual([[5, 3, 1], 1.5])
})

test('99 of 100 stay within the quantile', () => {
  const values = Array.from({ length: 200 }, (_, at) => 200 - at)
  expect(quantile(values, 0.99)).toBe(198)
  expect(quantile([7], 0.99)).toBe(7)
  expect(quantile([], 0.99)).toBeNaN()
})

test('the baseline writes as many bytes as the journal does', async () => {
  const path = join(folder, 'journal.db')
  const journal = await openBenchJournal(path)
  for (let number = 0; number < 63; number++) await journal.append(number)
  await journal.close()
  // 64 bytes of commitment, two salts of 16, and 63 nodes of 32 bytes over the 64 events of the log
  // (this opening event included); the two parts of a payment are the rest.
  const fixed = 64 + 2 * 16 + 32
  const bytes = payloadBytesOf(path)
  expect(bytes).toBeGreaterThan(fixed + 60)
  expect(bytes).toBeLessThan(fixed + 160)
})

test.skipIf(!hasCompiler())(
  'the command tells what it measured, and whether it is enough',
  async () => {
    const launcher = `${import.meta.dirname}/../../../bin/tillproof.mjs`
    const asked = ['bench', 'journal', '--events', '5', '--rounds', '1', '--json']
    const { exitCode, stdout } = await runAnyhow(process.execPath, [launcher, ...asked])
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({
      suite: 'journal',
      settings: { events: 5, rounds: 1 },
      skipped: [],
    })
    const bounds = result.ratios.map(
      ({ bound, target }: { bound: string; target: number | null }) =>
        target === null ? null : `${bound} ${target}`,
    )
    expect(bounds).toEqual(['at least 0.8', null, 'at most 0.25', null, null, null])
    expect(exitCode).toBe(result.met ? 0 : 1)
  },
)
