/** `tillproof sim machine` as a process: its port, its faults, its clean end. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { until } from './bench.ts'
import { FAULT_NAMES } from './faults.ts'
import { PROTOCOLS } from './protocols.ts'
import { openTestLine } from './testing-line.ts'

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'tillproof.mjs')
const dir = mkdtempSync(join(tmpdir(), 'tillproof-sim-'))
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function sim(...args: string[]) {
  const child = spawn(process.execPath, [launcher, 'sim', 'machine', ...args])
  running.push(child)
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', line => lines.push(line))
  return { child, lines }
}

test('the first line is the port; what happens follows; it ends clean', async () => {
  const path = join(dir, 'scanner')
  const { child, lines } = sim('scanner', '--path', path, '--every', '100')
  await until('started', () => lines.length > 0, 30_000)
  expect(lines[0]).toBe(path)
  const heard: Uint8Array[] = []
  const line = openTestLine({ path, baudRate: 9600, onChunk: bytes => void heard.push(bytes) })
  await until('heard', () => Buffer.concat(heard).includes('https://pay.example/o/'), 30_000)
  await line.stop()
  child.kill('SIGTERM')
  await until('ended', () => child.exitCode !== null, 10_000)
  expect(child.exitCode).toBe(0)
  expect(existsSync(path)).toBe(false)
  expect(lines[1]).toContain('held before it')
}, 60_000)

test('--json tells the same to programs', async () => {
  const { lines } = sim('modbus', '--json', '--every', '100', '--fault', 'noise')
  await until('started', () => lines.length > 1, 30_000)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    protocol: 'modbus',
    baud: 19_200,
    fault: 'noise',
  })
  expect(JSON.parse(lines[1] ?? '')).toEqual({
    turn: 1,
    happened: expect.stringContaining('vends 1001'),
  })
}, 60_000)

describe('without starting anything', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [launcher, 'sim', 'machine', ...args], { encoding: 'utf8' })

  test('--help lists every protocol and fault', () => {
    const { status, stdout } = run('--help')
    expect(status).toBe(0)
    for (const name of [...Object.keys(PROTOCOLS), ...FAULT_NAMES]) {
      expect(stdout).toMatch(new RegExp(`\\n  ${name} +\\S`))
    }
  }, 30_000)

  test.each([
    [['telegraph'], 'Allowed choices are'],
    [['scanner', '--fault', 'gremlins'], 'Allowed choices are'],
    [['scanner', '--fault', 'counter-reset'], 'has no fault counter-reset'],
    [[], 'missing required argument'],
  ])(
    '%j is wrong usage',
    (args, reason) => {
      const { status, stderr } = run(...args)
      expect(status).toBe(2)
      expect(stderr).toContain(reason)
      expect(stderr).toMatch(/\n {2}next: \S/)
    },
    30_000,
  )

  test('a register map that is none: the reason and the next step', () => {
    const { status, stderr } = run('modbus', '--map', 'nothing-of-that-name')
    expect(status).toBe(1)
    expect(stderr).toContain('There is no Modbus register map')
    expect(stderr.split('\n')).toHaveLength(3)
  }, 30_000)
})
