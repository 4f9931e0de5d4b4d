/** The counts that CI prints are read from reports as vitest writes them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readReport } from './report.ts'

const folder = mkdtempSync(join(tmpdir(), 'tillproof-report-'))
afterAll(() => rmSync(folder, { recursive: true }))

function reportOf(testResults: unknown[]): string {
  const file = join(folder, 'report.json')
  writeFileSync(file, JSON.stringify({ testResults }))
  return file
}

test('counts tests, names the skipped ones', () => {
  const assertionResults = [
    { status: 'passed', fullName: 'a' },
    { status: 'failed', fullName: 'b' },
    { status: 'skipped', fullName: 'c' },
    { status: 'passed', fullName: 'd' },
  ]
  const file = reportOf([{ name: 'x', status: 'failed', assertionResults }])
  expect(readReport(file)).toEqual({ passed: 2, failed: 1, skipped: ['c'] })
})

test('a file that died before its first test is one failure', () => {
  const file = reportOf([{ name: 'x', status: 'failed', assertionResults: [] }])
  expect(readReport(file)).toEqual({ passed: 0, failed: 1, skipped: [] })
})

test('a run that left no report is one failure', () => {
  expect(readReport(join(folder, 'none.json'))).toEqual({ passed: 0, failed: 1, skipped: [] })
})
