/** The lock of a data folder: held by a process that lives, taken over from one that does not. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeLock } from './lock.ts'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tillproof-lock-'))
  file = join(dir, 'cloud', 'embedded.lock')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

/** Another process that takes the lock, says so, and lives until it is told to end. */
async function holderProcess() {
  const code = `
    import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))}
    try {
      await takeLock(process.argv[1])
      console.log('held')
      setInterval(() => undefined, 1000)
    } catch (error) {
      console.log(error.code)
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return { pid: child.pid, said: said.toString().trim(), end }
}

test('a process that lives keeps others out, and they are told which and what to do', async () => {
  const other = await holderProcess()
  expect(other.said).toBe('held')
  await expect(takeLock(file)).rejects.toMatchObject({
    code: 'embedded.taken',
    message: expect.stringContaining(`process ${other.pid} keeps`),
    next: expect.stringContaining('stop it first'),
  })
  await other.end('SIGKILL')
  const giveBack = await takeLock(file)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ pid: process.pid })
  await giveBack()
  expect(await readdir(dirname(file))).toEqual([])
})

test('given back, it is free', async () => {
  await (await takeLock(file))()
  await (await takeLock(file))()
})

test('a stranger that got the number of a dead holder does not keep it', async () => {
  await (await takeLock(file))()
  await writeFile(file, JSON.stringify({ pid: process.ppid, started: 'another time' }))
  await (await takeLock(file))()
})

test('an unreadable lock, and a take-over that was cut short, are taken over', async () => {
  await (await takeLock(file))()
  await writeFile(file, '{"pid":')
  await writeFile(`${file}.next`, JSON.stringify({ pid: 4_194_305, started: 'x' }))
  await (await takeLock(file))()
})

test('of many that find a dead holder’s lock at once, one has it', async () => {
  await (await takeLock(file))()
  await writeFile(file, JSON.stringify({ pid: 4_194_305, started: 'x' }))
  const all = await Promise.all(Array.from({ length: 6 }, holderProcess))
  const said = all.map(each => each.said).sort()
  await Promise.all(all.map(each => each.end('SIGKILL')))
  expect(said).toEqual([...Array(5).fill('embedded.taken'), 'held'])
})
