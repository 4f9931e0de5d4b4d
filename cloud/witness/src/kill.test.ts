/**
 * Killed at random moments, a witness never forgets what it cosigned: after each kill -9 its newest
 * size is at least the last one it answered for, and another history is refused.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { expect, test } from 'vitest'
import { testLog } from './testing.ts'
import { initWitness } from './witness-dir.ts'

const ROUNDS = 8
const key = ed25519.generate()
const log = testLog('demo.tillproof.local/log', key)
const fork = testLog('demo.tillproof.local/log', key, 'b')

test(`${ROUNDS} times killed, never forgetful`, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tillproof-witness-'))
  initWitness({ dir, name: 'witness.lender.demo', logs: [log.vkey] })
  let answered = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const { child, url } = await run(dir)
    const known = await newestSize(url)
    expect(known).toBeGreaterThanOrEqual(answered)
    expect(await status(url, fork.request(known, known + 1))).toBe(422)
    answered = known
    const killed = sleep(20 + 30 * round).then(() => child.kill('SIGKILL'))
    answered = await growUntilDead(url, answered)
    await killed
    await gone(child)
  }
  expect(answered).toBeGreaterThan(ROUNDS)
  rmSync(dir, { recursive: true })
})

/** Asks for one leaf more at a time; answers the last size that was cosigned before the kill. */
async function growUntilDead(url: string, from: number): Promise<number> {
  for (let size = from; ; size += 1) {
    try {
      if ((await status(url, log.request(size, size + 1))) !== 200) return size
    } catch {
      return size
    }
  }
}

/** Starts the honest history when there is none, else reads the size from a stale request. */
async function newestSize(url: string): Promise<number> {
  const answer = await post(url, log.request(0, 1))
  return answer.status === 409 ? Number(await answer.text()) : 1
}

async function status(url: string, body: string): Promise<number> {
  const answer = await post(url, body)
  await answer.text()
  return answer.status
}

function post(url: string, body: string): Promise<Response> {
  return fetch(`${url}/add-checkpoint`, { method: 'POST', body })
}

async function run(dir: string): Promise<{ child: ChildProcess; url: string }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const args = [main, 'witness', 'run', '--dir', dir, '--port', '0']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, url: JSON.parse(line).url }
  }
  return expect.fail('the witness ended before it was ready')
}

function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => child.once('exit', () => resolve()))
}
