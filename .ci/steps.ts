/**
 * The steps of .ci/run after the install. Each is a command that a person can run as well; its
 * exit code says whether it passed. `npm test` counts by its report, every other step as one.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readReport } from './report.ts'
import { root } from './step.ts'

type CiStep = { name: string; args: string[]; timeoutMinutes: number }

const scratch = mkdtempSync(join(tmpdir(), 'tillproof-ci-'))
// Searchable by the user that PostgreSQL runs as when root runs CI.
chmodSync(scratch, 0o711)
const minute = ['--for', '60', '--json', '--data', join(scratch, 'minute')]
const storm = ['--rounds', '20', '--json', '--data', join(scratch, 'storm')]

const check = run({ name: 'gate', args: ['run', 'check'], timeoutMinutes: 10 })
const tests = run({ name: 'tests', args: ['test'], timeoutMinutes: 25 })
const steps = [
  check,
  run({ name: 'one minute of the whole', args: start(minute), timeoutMinutes: 6 }),
  run({ name: 'storm of 20 kills', args: tillproof('sim', 'storm', ...storm), timeoutMinutes: 15 }),
]
rmSync(scratch, { recursive: true, force: true })

const report = readReport(join(root, 'reports', 'vitest.json'))
const inTests = report.failed + report.skipped.length
const failures = inTests + (inTests === 0 && !tests ? 1 : 0) + steps.filter(each => !each).length
console.log(`${report.passed + steps.filter(each => each).length} passed, ${failures} failed`)
process.exitCode = failures === 0 ? 0 : 1

function start(args: string[]): string[] {
  return ['start', '--silent', '--', ...args]
}

function tillproof(...args: string[]): string[] {
  return ['exec', '--no', '--', 'tillproof', ...args]
}

function run({ name, args, timeoutMinutes }: CiStep): boolean {
  console.log(`\n== ${name}: npm ${args.join(' ')}`)
  const startedAtMs = performance.now()
  const child = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: timeoutMinutes * 60_000,
  })
  const seconds = Math.round((performance.now() - startedAtMs) / 1000)
  console.log(`== ${child.status === 0 ? 'passed' : 'FAILED'}: ${name} (${seconds} s)`)
  return child.status === 0
}
