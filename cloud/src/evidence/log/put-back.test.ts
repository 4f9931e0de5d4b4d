/**
 * The cloud's database put back to an older state while witnesses have seen more: the log stands
 * still before it numbers anything, says why and what to do, and goes on once a database is back
 * that reaches what was cosigned.
 */
import { createServer } from 'node:http'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyOfDatabase, type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { startWitness, type WitnessProcess } from '../testing.ts'
import { headSize, newestPublished } from './checkpoints.ts'
import { type RunningLog, startLog } from './run.ts'
import { stageLeaf } from './store.ts'

const origin = 'demo.tillproof.local/log'
const key = ed25519.generate()
const logVkey = vkey(origin, 'ed25519', key.publicKey)
const PATIENCE = { timeout: 20_000, interval: 50 }

let database: TestDatabase
let witness: WitnessProcess
let running: RunningLog | undefined
let said: { message: string; reason: string; next: string }[]

beforeEach(async () => {
  database = await testDatabase()
  witness = await startWitness('witness.bank', logVkey)
  said = []
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  await witness.remove()
  await database.drop()
})

describe('a database put back', () => {
  let later: TestDatabase
  beforeEach(async () => {
    await growTo(5)
    const backup = await copyOfDatabase(database)
    await growTo(9)
    later = database
    database = backup
  })
  afterEach(() => later.drop())

  test('numbers and publishes nothing, and says what to do', async () => {
    await stage(3)
    start()
    await expect
      .poll(() => said.map(({ message }) => message), PATIENCE)
      .toEqual(['the log stands still until somebody looks'])
    expect(said[0]?.reason).toBe(
      'bank cosigned 9 leaves of this log, and the database holds 5: ' +
        'it was put back to an older state',
    )
    expect(said[0]?.next).toContain('docs/operating/platform.md, "After a restore"')
    expect(running?.problem()).toContain('the log stands still: bank cosigned 9 leaves')
    expect(await database.db.withSystem(headSize)).toBe(5)
    expect((await database.db.withSystem(newestPublished))?.size).toBe(5)
  })

  test('goes on with the database that reaches what was cosigned', async () => {
    start()
    await expect.poll(() => said.length, PATIENCE).toBe(1)
    await running?.stop()
    const backup = database
    database = later
    later = backup
    await growTo(12)
    expect(await cosignedSize()).toBe(12)
  })

  test('is found as well by a witness that was away at the start', async () => {
    await witness.kill()
    await stage(7)
    start()
    await expect.poll(() => database.db.withSystem(headSize), PATIENCE).toBe(12)
    await witness.restart()
    await expect
      .poll(() => said.map(({ reason }) => reason), PATIENCE)
      .toContain(
        'bank cosigned 9 leaves of this log, and the database holds other ones: ' +
          'it was put back and grew otherwise',
      )
    expect((await database.db.withSystem(newestPublished))?.size).toBe(5)
    expect(await cosignedSize()).toBe(9)
  })
})

test('a witness’s mere word, or a checkpoint by another key, stops nothing', async () => {
  const liar = createServer((_request, response) => {
    const note = `${origin}\n900\n${'A'.repeat(43)}=\n\n— ${origin} ${'A'.repeat(92)}\n`
    response.end(JSON.stringify({ logs: [{ origin, note, size: 900 }] }))
  })
  await new Promise<void>(resolve => liar.listen(0, '127.0.0.1', resolve))
  const address = liar.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const own = vkey('witness.liar', 'cosignature', ed25519.generate().publicKey)
  await stage(4)
  start([`witness liar ${own} ${url}`])
  await expect.poll(published, PATIENCE).toBe(4)
  liar.closeAllConnections()
  await new Promise(resolve => liar.close(resolve))
})

/** Runs the log until so many leaves are published with the witness's cosignature. */
async function growTo(size: number): Promise<void> {
  await stage(size - (await database.db.withSystem(headSize)))
  start()
  await expect.poll(published, PATIENCE).toBe(size)
  await running?.stop()
  running = undefined
}

function start(others: string[] = []): void {
  const witnesses = [`witness bank ${witness.vkey} ${witness.url}`, ...others]
  running = startLog({
    db: database.db,
    origin,
    logKey: key.privateKey,
    policy: parsePolicy(`${[`log ${logVkey}`, ...witnesses, 'quorum bank'].join('\n')}\n`),
    log(level, message, fields) {
      if (level === 'error') said.push({ message, reason: '', next: '', ...fields })
    },
    sequenceEveryMs: 10,
    publishEveryMs: 10,
    leaseMs: 200,
  })
}

async function stage(leaves: number): Promise<void> {
  await database.db.withSystem(async tx => {
    for (let i = 0; i < leaves; i += 1) {
      await stageLeaf(tx, { type: 'pledge', body: utf8(`leaf ${Math.random()}`) })
    }
  })
}

async function published(): Promise<number> {
  return (await database.db.withSystem(newestPublished))?.size ?? 0
}

async function cosignedSize(): Promise<number> {
  const status = await (await fetch(`${witness.url}/status`)).json()
  return (status as { logs: { size: number }[] }).logs[0]?.size ?? 0
}
