/**
 * A witness that dies or fails at each step of check → persist → answer, two witness processes on
 * one folder, and a folder put back: what it cosigned is remembered, or was never given out.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { parseCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testLog } from './testing.ts'
import { type Fault, HOWS, STEPS } from './testing-witness-process.ts'
import { initWitness } from './witness-dir.ts'

const key = ed25519.generate()
const log = testLog('demo.tillproof.local/log', key)
const fork = testLog('demo.tillproof.local/log', key, 'b')
type Running = { child: ChildProcess; url: string }

let dir: string
let running: Running[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-witness-'))
  initWitness({ dir, name: 'witness.lender.demo', logs: [log.vkey] })
  running = []
})
afterEach(async () => {
  for (const { child } of running) await kill(child)
  rmSync(dir, { recursive: true })
})

const table = STEPS.flatMap(step => HOWS.map((how): [Fault['step'], Fault['how']] => [step, how]))

test.each(table)('%s: %s', async (step, how) => {
  const before = await start()
  expect(await ask(before, log.request(0, 5))).toBe(200)
  await kill(before.child)
  let witness = await start({ step, how })
  const answer = await ask(witness, log.request(5, 9))
  expect(answer).toBe(how.startsWith('dies') ? 'no answer' : 500)
  if (how.startsWith('dies')) {
    await gone(witness.child)
    witness = await start()
  }
  // Persisted: another tree of that size is refused as a fork. Not persisted: as no extension.
  const isPersisted = step === 'answer' || (step === 'persist' && how.endsWith('after'))
  expect(await newestSize(witness)).toBe(isPersisted ? 9 : 5)
  expect(await ask(witness, fork.request(5, 9))).toBe(isPersisted ? 409 : 422)
  expect(await ask(witness, log.request(isPersisted ? 9 : 5, 9))).toBe(200)
  expect(await ask(witness, log.request(9, 12))).toBe(200)
})

test('two processes on one folder cosign one history together', async () => {
  const [one, two] = [await start(), await start()]
  for (let size = 1; size < 40; size += 1) {
    // From nothing both trees are proven; from then on only one is.
    const asked = [ask(one, log.request(size - 1, size)), ask(two, fork.request(size - 1, size))]
    const answers = await Promise.all(asked)
    expect(answers.filter(status => status === 200).length).toBeLessThanOrEqual(1)
  }
  expect(await newestSize(one)).toBe(await newestSize(two))
})

describe('a folder put back to an older state', () => {
  const putBackTo = async (size: number, grownTo: number) => {
    const first = await start()
    await ask(first, log.request(0, size))
    await kill(first.child)
    const state = new DatabaseSync(join(dir, 'state.db'))
    state.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    state.close()
    copyFileSync(join(dir, 'state.db'), join(dir, 'old.db'))
    const second = await start()
    await ask(second, log.request(size, grownTo))
    await kill(second.child)
    for (const suffix of ['-wal', '-shm']) rmSync(join(dir, `state.db${suffix}`), { force: true })
    copyFileSync(join(dir, 'old.db'), join(dir, 'state.db'))
    return start()
  }

  test('goes on with an honest log, and signs no second root of any size', async () => {
    const witness = await putBackTo(5, 50)
    expect(await newestSize(witness)).toBe(5)
    for (const [old, size] of [
      [5, 9],
      [9, 50],
      [50, 60],
    ] as const) {
      expect(await ask(witness, log.request(old, size))).toBe(200)
    }
  })

  test('refuses whatever does not extend what the old copy remembers', async () => {
    const witness = await putBackTo(5, 50)
    expect(await ask(witness, fork.request(5, 5))).toBe(409)
    expect(await ask(witness, fork.request(5, 50))).toBe(422)
  })

  test('cannot know what came after: there a lying log gets its second root', async () => {
    const witness = await putBackTo(5, 50)
    const other = testLog('demo.tillproof.local/log', key, 'b', 5)
    expect(await ask(witness, other.request(5, 50))).toBe(200)
  })
})

async function start(fault: Fault | null = null): Promise<Running> {
  const main = fileURLToPath(new URL('./testing-witness-process.ts', import.meta.url))
  const child = spawn(process.execPath, [main, dir, JSON.stringify(fault)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const one = { child, url: JSON.parse(line).url }
    running.push(one)
    return one
  }
  return expect.fail('the witness ended before it was ready')
}

/** The status, or that the connection ended without one. */
async function ask({ url }: Running, body: string): Promise<number | 'no answer'> {
  try {
    const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body })
    await answer.text()
    return answer.status
  } catch {
    return 'no answer'
  }
}

async function newestSize({ url }: Running): Promise<number> {
  const body = (await (await fetch(`${url}/status`)).json()) as { logs: { note: string }[] }
  return parseCheckpoint(body.logs[0]?.note.split('\n\n')[0]?.concat('\n') ?? '')?.size ?? 0
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await gone(child)
}

function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => child.once('exit', () => resolve()))
}
