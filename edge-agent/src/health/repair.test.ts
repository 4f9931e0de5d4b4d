/** Safe repairs: each is done, said, and done once; what is well is left alone. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { homePaths } from '../config.ts'
import { writeAddress } from '../local/access.ts'
import { repair } from './repair.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillproof-repair-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('a missing home is made, for its owner alone', () => {
  const paths = homePaths(join(home, 'agent'))
  expect(repair(paths).map(({ name }) => name)).toEqual(['folder'])
  expect(modeOf(paths.home)).toBe('700')
  expect(repair(paths)).toEqual([])
})

test('loose keys are closed, others stay as they are', () => {
  const paths = homePaths(home)
  mkdirSync(paths.identity, { mode: 0o700 })
  const key = join(paths.identity, 'evidence.key')
  writeFileSync(key, 'x', { mode: 0o600 })
  writeFileSync(paths.localToken, 'x', { mode: 0o600 })
  chmodSync(key, 0o644)
  expect(repair(paths)).toEqual([{ name: 'keys', detail: `others could read ${key}: now 600` }])
  expect([modeOf(key), modeOf(paths.localToken)]).toEqual(['600', '600'])
})

test('the address of an agent that is gone is removed, of a living one kept', () => {
  const paths = homePaths(home)
  const address = { v: 1, url: 'http://127.0.0.1:1' } as const
  writeAddress(paths.localAddress, { ...address, pid: process.pid })
  expect(repair(paths)).toEqual([])
  writeAddress(paths.localAddress, { ...address, pid: 4_194_304 })
  expect(repair(paths).map(({ name }) => name)).toEqual(['lock'])
  expect(repair(paths)).toEqual([])
})

test('a log of every byte is quietened; comments and settings stay', () => {
  const paths = homePaths(home)
  const text = `# the drinks machine
machine: { profile: virtual }
log: { level: debug } # while looking for noise
`
  writeFileSync(paths.config, text)
  expect(repair(paths).map(({ name }) => name)).toEqual(['log'])
  expect(readFileSync(paths.config, 'utf8')).toBe(text.replace('debug', 'info'))
})

test('settings that cannot be read are left to a person', () => {
  const paths = homePaths(home)
  writeFileSync(paths.config, 'log: {level: debug')
  expect(repair(paths)).toEqual([])
})
