/** A device that another process has open is known to be held, by whom. */
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { holdersOf } from './holders.ts'

test.skipIf(process.platform !== 'linux')(
  'a process that has it open, and nobody after it',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tillproof-holders-'))
    const path = join(folder, 'device')
    writeFileSync(path, '')
    const file = openSync(path, 'r')
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: [file, 'ignore', 'ignore'],
    })
    closeSync(file)
    await new Promise(resolve => child.once('spawn', resolve))
    expect(holdersOf([path]).get(path)).toMatchObject({ pid: child.pid })
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    expect(holdersOf([path]).size).toBe(0)
    rmSync(folder, { recursive: true })
  },
)
