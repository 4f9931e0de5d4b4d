/** Real processes that get ready, die, come back and stop. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startChild } from './child.ts'
import { isRunning } from './processes.ts'

const logFolder = mkdtempSync(join(tmpdir(), 'tillproof-child-'))
afterAll(() => rmSync(logFolder, { recursive: true }))

function script(name: string, text: string): string[] {
  const file = join(logFolder, `${name}.mjs`)
  writeFileSync(file, text)
  return [file]
}

const server = `
  console.log('{"level":30,"msg":"a log line is not the ready line"}')
  console.log(JSON.stringify({ pid: process.pid }))
  setInterval(() => {}, 1000)
`

test('a killed child comes back ready and is told of', async () => {
  const lines: string[] = []
  const args = script('phoenix', server)
  const onRestart = (line: string) => lines.push(line)
  const child = await startChild({ name: 'phoenix', args, logFolder, onRestart })
  const first = (await child.ready()).pid
  expect(first).toBe(child.pid())
  child.kill()
  await expect.poll(() => child.pid(), { timeout: 10_000 }).not.toBe(first)
  expect((await child.ready()).pid).toBe(child.pid())
  expect(lines).toEqual(['phoenix stopped (SIGKILL), starting it again'])
  await child.stop()
  expect(isRunning(Number(child.pid()))).toBe(false)
})

test('a child that never gets ready fails with its last line and where its log is', async () => {
  const args = script('stillborn', `console.error('no such file: x'); process.exitCode = 3`)
  await expect(startChild({ name: 'stillborn', args, logFolder })).rejects.toMatchObject({
    code: 'demo.part-failed',
    message: 'stillborn ended, exit code 3: no such file: x',
    next: `read ${join(logFolder, 'stillborn.log')}`,
  })
  expect(readFileSync(join(logFolder, 'stillborn.log'), 'utf8')).toBe('no such file: x\n')
})

test('a child that is not ready in time is stopped', async () => {
  const args = script('slow', 'setInterval(() => {}, 1000)')
  let pid = 0
  const spec = {
    name: 'slow',
    args,
    logFolder,
    startTimeoutMs: 300,
    onStart: (p: number) => {
      pid = p
    },
  }
  await expect(startChild(spec)).rejects.toMatchObject({
    message: 'slow was not ready after 0.3 s',
  })
  await expect.poll(() => isRunning(pid)).toBe(false)
})

test('a child that ignores SIGTERM is killed', async () => {
  const args = script('stubborn', `process.on('SIGTERM', () => {});${server}`)
  const child = await startChild({ name: 'stubborn', args, logFolder, stopTimeoutMs: 300 })
  await child.stop()
  expect(isRunning(Number(child.pid()))).toBe(false)
})
