/** The command line as a person meets it: through the launcher, as a process. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'tillproof.mjs')

function tillproof(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

test('--help lists every command and the exit codes', () => {
  const { status, stdout } = tillproof('--help')
  expect(status).toBe(0)
  for (const name of [
    'start',
    'agent',
    'cloud',
    'ledger',
    'witness',
    'verify',
    'tlog',
    'note',
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
  ['tlog', 'check'],
  ['note', 'verify'],
  ['sim'],
  ['sim', 'sandbox'],
  ['sim', 'fleet'],
  ['sim', 'storm'],
]
test.each(commands.map(words => [words.join(' '), words]))('%s has help', (name, words) => {
  const { status, stdout } = tillproof(...words, '--help')
  expect(status).toBe(0)
  expect(stdout).toContain(`Usage: tillproof ${name}`)
})

test('a wrong command is one line of cause, one of next step, exit code 2', () => {
  expect(tillproof('nope')).toEqual({
    status: 2,
    stdout: '',
    stderr:
      "tillproof: unknown command 'nope'\n  next: tillproof --help lists commands and options\n",
  })
})

test('with --json a fault is a problem object on standard output', () => {
  const { status, stdout } = tillproof('start', '--port', 'many', '--json')
  expect(status).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({
    code: 'usage',
    next: 'tillproof start --help lists commands and options',
  })
})
