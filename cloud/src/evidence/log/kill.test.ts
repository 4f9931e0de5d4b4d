/**
 * Two processes run one log and are killed at random moments while leaves keep coming: every leaf
 * is numbered once, and every checkpoint ever published is a prefix of the tree in the end.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { stageLeaf } from './store.ts'
import type { LogProcess } from './testing-log-process.ts'

const ROUNDS = 10
const origin = 'demo.tillproof.local/log'
const key = ed25519.generate()
let database: TestDatabase
let running: ChildProcess[] = []

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await database.drop()
})

test(`two processes on one log, ${ROUNDS} kills: one history`, { timeout: 300_000 }, async () => {
  running = [await start(), await start()]
  const stop = new AbortController()
  const staging = keepStaging(stop.signal)
  for (let round = 0; round < ROUNDS; round += 1) {
    await sleep(100 + 40 * round)
    const [victim, ...others] = running
    victim?.kill('SIGKILL')
    running = [...others, await start()]
  }
  stop.abort()
  const staged = await staging
  await expect.poll(waiting, { timeout: 60_000 }).toBe(0)
  await expect
    .poll(async () => (await checkpoints()).at(-1)?.size, { timeout: 60_000 })
    .toBe(staged)
  await expectOneHistory(staged)
})

async function start(): Promise<ChildProcess> {
  const main = fileURLToPath(new URL('./testing-log-process.ts', import.meta.url))
  const { apiUrl, systemUrl } = database
  const logVkey = vkey(origin, 'ed25519', key.publicKey)
  const policy = `log ${logVkey}\nquorum none\n`
  const told: LogProcess = { apiUrl, systemUrl, origin, key: toHex(key.privateKey), policy }
  const child = spawn(process.execPath, [main, JSON.stringify(told)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const _ready of createInterface({ input: child.stdout })) return child
  return expect.fail('the log process ended before it was ready')
}

/** Stages until told to stop; answers how many leaves were committed. */
async function keepStaging(signal: AbortSignal): Promise<number> {
  let count = 0
  while (!signal.aborted) {
    await database.db.withSystem(async tx => {
      for (let i = 0; i < 7; i += 1) {
        await stageLeaf(tx, { type: 'pledge', body: utf8(`leaf ${count + i}`) })
      }
    })
    count += 7
    // A busy machine starts processes slowly; what they number meanwhile must stay little.
    await sleep(20)
  }
  return count
}

async function waiting(): Promise<number> {
  return (await database.db.withSystem(tx => tx.query('select from log_staged'))).length
}

async function checkpoints() {
  const rows = await database.db.withSystem(tx =>
    tx.query<{ size: bigint; root: Buffer }>(
      "select size, root from log_checkpoints where state = 'published' order by size",
    ),
  )
  return rows.map(row => ({ size: Number(row.size), root: toHex(row.root) }))
}

async function expectOneHistory(size: number): Promise<void> {
  const rows = await database.db.withSystem(tx =>
    tx.query<{ log_index: bigint; staged_id: bigint; leaf_hash: Buffer }>(
      'select log_index, staged_id, leaf_hash from log_leaves order by log_index',
    ),
  )
  expect(rows.map(row => Number(row.log_index))).toEqual([...Array(size).keys()])
  expect(new Set(rows.map(row => row.staged_id)).size).toBe(size)
  const read = leafReader(rows.map(row => new Uint8Array(row.leaf_hash)))
  const published = await checkpoints()
  expect(published.length).toBeGreaterThan(ROUNDS)
  for (const one of published) expect(one.root).toBe(toHex(rootOfRange(read, 0, one.size)))
}
