/**
 * `npm test`: gets what the tests need, builds the dashboard when its sources changed, runs every
 * test once and writes reports/vitest.json. Arguments go on to vitest (`npm test -- shared`).
 * Exit code 0 only when every test passed; with CI=true also nothing may be missing or skipped.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureChromium, ensureCompiler, ensureGo, ensureRedis } from './debian.ts'
import { readReport } from './report.ts'
import { root, runStep } from './step.ts'

const { CI } = process.env
const inCi = CI === 'true'
const reportFile = join(root, 'reports', 'vitest.json')

process.exitCode = main()

function main(): number {
  rmSync(reportFile, { force: true })
  const wanting = missing()
  for (const line of wanting) console.error(`! MISSING: ${line}`)
  if (inCi && wanting.length > 0) return 1
  if (!buildDashboard()) return 1
  const vitest = spawnSync('vitest', ['run', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  })
  return vitest.status === 0 && nothingSkipped() ? 0 : 1
}

/** What cannot be had here, and which tests are therefore left out. */
function missing(): string[] {
  const lines: string[] = []
  if (!ensureChromium()) {
    lines.push('chromium; the dashboard is not opened in a browser (install chromium to run it)')
  }
  if (!ensureGo()) {
    lines.push('golang-go, golang-golang-x-mod-dev; our proofs are not held against those of Go')
  }
  if (!ensureRedis()) {
    lines.push('redis-server; jobs are not tried on a real Redis')
  }
  if (!ensureCompiler()) {
    lines.push('gcc; the firmware in C is neither compiled nor tested, and no disk is slowed down')
  }
  const samples = join(root, '..', 'shared', 'samples')
  if (!existsSync(samples) || readdirSync(samples).length === 0) {
    lines.push('../shared/samples; real recordings and published vectors are left out')
  }
  return lines
}

function buildDashboard(): boolean {
  return runStep({
    name: 'build (turbo: dashboard, contract)',
    command: 'turbo',
    args: ['run', 'build', '--output-logs=errors-only', '--no-color'],
    next: 'mend what Vite or solc says above',
  })
}

/** A skipped test is said aloud; in CI it is a failure, because there nothing may be missing. */
function nothingSkipped(): boolean {
  const { skipped } = readReport(reportFile)
  for (const name of skipped) console.error(`! SKIPPED: ${name}`)
  return !inCi || skipped.length === 0
}
