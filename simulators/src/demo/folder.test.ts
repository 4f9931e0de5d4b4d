/** Who is in the data folder: a run of now, a run that crashed, or nobody. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { dataFolder, readRunFile, takeOver, writeRunFile } from './folder.ts'
import { isRunning } from './processes.ts'

const parent = mkdtempSync(join(tmpdir(), 'tillproof-folder-'))
afterAll(() => rmSync(parent, { recursive: true }))
const script = join(parent, 'simulators-part.mjs')
writeFileSync(script, 'setInterval(() => {}, 1000)')

function start(...args: string[]): number {
  const child = spawn(process.execPath, [script, ...args], { stdio: 'ignore' })
  return child.pid ?? 0
}

test('parts of a crashed run are stopped, foreign processes of their ids are not', async () => {
  const folder = dataFolder(join(parent, 'crashed'))
  const ours = start('--data', folder.root)
  const foreign = start('--data', '/somewhere/else')
  const children = { cloud: ours, witness: foreign, sandbox: 2 ** 22 }
  writeRunFile(folder, { supervisor: 2 ** 22, children })
  await expect.poll(() => isRunning(ours)).toBe(true)
  expect(await takeOver(folder)).toEqual(['cloud'])
  expect(isRunning(ours)).toBe(false)
  expect(isRunning(foreign)).toBe(true)
  expect(readRunFile(folder)).toBeUndefined()
  process.kill(foreign)
})

test('a folder in use is refused with the address that is served from it', async () => {
  const folder = dataFolder(join(parent, 'busy'))
  const supervisor = start('start')
  writeRunFile(folder, { supervisor, children: {}, address: 'http://127.0.0.1:8080' })
  await expect.poll(() => isRunning(supervisor)).toBe(true)
  await expect(takeOver(folder)).rejects.toMatchObject({
    code: 'demo.running',
    message: expect.stringContaining('http://127.0.0.1:8080'),
  })
  process.kill(supervisor)
})
