/** A small fleet sells against the running demo by the command that a person would type. */
import { expect, test } from 'vitest'
import { tillproof } from '../demo/child.ts'
import { runAnyhow } from '../demo/run-to-end.ts'
import { startDemoForTest } from './demo.ts'

test('every event of a fleet arrives once, every sale is matched and cleared', async () => {
  const { folder } = await startDemoForTest()
  const fleet = ['sim', 'fleet', '--data', folder.root, '--json']
  const size = ['--machines', '5', '--for', '8', '--events-per-second', '20', '--seed', '3']
  const { exitCode, stdout } = await runAnyhow(process.execPath, [...tillproof, ...fleet, ...size])
  const summary = JSON.parse(stdout)
  expect(summary).toMatchObject({ machines: 5, seconds: 8, lost: 0, ledgerBalanced: true })
  expect(summary).not.toHaveProperty('faults')
  expect(summary.sales).toBeGreaterThan(0)
  expect([summary.matched, summary.cleared]).toEqual([summary.sales, summary.sales])
  // Genesis, start, and five events for each sale.
  expect(summary.events).toBe(2 * 5 + 5 * summary.sales)
  expect(exitCode).toBe(0)
}, 420_000)

test('without a demo in the folder the command says what to do', async () => {
  const args = ['sim', 'fleet', '--data', '/tmp/tillproof-no-demo-here']
  const { exitCode, stderr } = await runAnyhow(process.execPath, [...tillproof, ...args])
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^tillproof: no demo runs in .*\n {2}next: start it with npm start/)
})
