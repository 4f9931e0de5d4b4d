/** The command line as a person meets it: through the launcher, as a process. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runAnyhow } from '../demo/run-to-end.ts'

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'tillproof.mjs')

function tillproof(...args: string[]) {
  return runAnyhow(process.execPath, [launcher, ...args])
}

test('--help lists every command and the exit codes', async () => {
  const { exitCode, stdout } = await tillproof('--help')
  expect(exitCode).toBe(0)
  for (const name of [
    'start',
    'agent',
    'cloud',
    'ledger',
    'witness',
    'verify',
    'bundle',
    'log',
    'tlog',
    'note',
    'dex',
    'nmea',
    'split',
    'bench',
    'sim',
  ]) {
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  }
  expect(stdout).toContain('Exit codes:')
})

const commands = [
  ['start'],
  ['agent'],
  ['agent', 'enrol'],
  ['agent', 'run'],
  ['agent', 'doctor'],
  ['cloud'],
  ['cloud', 'run'],
  ['cloud', 'bootstrap'],
  ['ledger', 'check'],
  ['witness', 'init'],
  ['witness', 'run'],
  ['verify'],
  ['bundle', 'export'],
  ['log', 'monitor'],
  ['tlog', 'check'],
  ['note', 'verify'],
  ['dex'],
  ['nmea'],
  ['split'],
  ['bench', 'evidence'],
  ['sim'],
  ['sim', 'sandbox'],
  ['sim', 'fleet'],
  ['sim', 'storm'],
]
test.concurrent.each(commands)('%s %s has help', async (...words) => {
  const { exitCode, stdout } = await tillproof(...words, '--help')
  expect(exitCode).toBe(0)
  expect(stdout).toContain(`Usage: tillproof ${words.join(' ')}`)
})

test('a wrong command is one line of cause, one of next step, exit code 2', async () => {
  expect(await tillproof('nope')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      "tillproof: unknown command 'nope'\n  next: tillproof --help lists commands and options\n",
  })
})

test('with --json a fault is a problem object on standard output', async () => {
  const { exitCode, stdout } = await tillproof('start', '--port', 'many', '--json')
  expect(exitCode).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({
    code: 'usage',
    next: 'tillproof start --help lists commands and options',
  })
})
