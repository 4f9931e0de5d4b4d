/**
 * One leaf's way to the chain, and a process that dies or loses its database at each step of it:
 * whatever happened, the log goes on, nothing is lost or doubled, and every checkpoint that was
 * ever published, cosigned or anchored is a prefix of the tree in the end. Real processes, real
 * PostgreSQL, a real witness, a real chain; all rows share them, as faults do in life.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Anvil, startAnvil } from '@tillproof/contracts/testing/anvil.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { generatePrivateKey } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { startWitness, type WitnessProcess } from '../testing.ts'
import { type Fault, HOWS, STEPS, type StepName } from './testing-faults.ts'
import type { LogProcess } from './testing-log-process.ts'

const origin = 'demo.tillproof.local/log'
const key = ed25519.generate()
const logVkey = vkey(origin, 'ed25519', key.publicKey)
const chainKey = generatePrivateKey()
const PATIENCE = { timeout: 60_000, interval: 50 }
/** What these rows publish stays true for all later ones. */
const everPublished = new Map<number, string>()

let database: TestDatabase
let witness: WitnessProcess
let anvil: Anvil
let running: ChildProcess[] = []
const refs: string[] = []

beforeAll(async () => {
  database = await testDatabase()
  witness = await startWitness('witness.bank', logVkey)
  anvil = await startAnvil()
}, 60_000)
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  running = []
})
afterAll(async () => {
  await anvil.stop()
  await witness.remove()
  await database.drop()
})

const table = (Object.keys(STEPS) as StepName[]).flatMap(step =>
  HOWS.map((how): [StepName, Fault['how']] => [step, how]),
)

test.each(table)('%s: %s', { timeout: 120_000 }, async (step, how) => {
  refs.push(...[1, 2, 3].map(at => `${step} ${how} ${at}`))
  const faulty = start({ step, how })
  await struck(faulty)
  if (how.startsWith('dies')) {
    await gone(faulty)
    start()
  }
  await expect.poll(anchoredSize, PATIENCE).toBe(refs.length)
  await expectOneHistory()
})

test('two processes at every moment, one of them always dying', { timeout: 120_000 }, async () => {
  for (const step of ['tiles', 'head', 'sign', 'cosignature', 'publish'] as const) {
    refs.push(...[1, 2, 3].map(at => `two, ${step} ${at}`))
    const [first, second] = [
      start({ step, how: 'dies after' }),
      start({ step, how: 'fails after' }),
    ]
    await Promise.race([struck(first), struck(second)])
    start()
    await expect.poll(anchoredSize, PATIENCE).toBe(refs.length)
    await expectOneHistory()
    for (const child of running.splice(0)) child.kill('SIGKILL')
  }
})

function start(fault?: Fault): ChildProcess {
  const main = fileURLToPath(new URL('./testing-log-process.ts', import.meta.url))
  const { apiUrl, systemUrl } = database
  const witnessLine = `witness bank ${witness.vkey} ${witness.url}`
  const told: LogProcess = {
    ...{ apiUrl, systemUrl, origin, refs },
    key: toHex(key.privateKey),
    policy: `log ${logVkey}\n${witnessLine}\nquorum bank\n`,
    chain: { url: anvil.url, key: chainKey },
    ...(fault === undefined ? {} : { fault }),
  }
  const child = spawn(process.execPath, [main, JSON.stringify(told)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  running.push(child)
  return child
}

async function struck(child: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: child.stdout ?? expect.unreachable() })) {
    if (line.includes('"struck"')) return
  }
  expect.fail('the log process ended before its step was reached')
}

function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => child.once('exit', () => resolve()))
}

async function anchoredSize(): Promise<number> {
  const [row] = await query<{ size: bigint | null }>(
    "select max(size) as size from anchors where state = 'final'",
  )
  return Number(row?.size ?? 0)
}

async function expectOneHistory(): Promise<void> {
  const rows = await query<{ log_index: bigint; ref: string; leaf_hash: Buffer }>(
    'select log_index, ref, leaf_hash from log_leaves order by log_index',
  )
  expect(rows.map(row => Number(row.log_index))).toEqual([...refs.keys()])
  expect(new Set(rows.map(row => row.ref))).toEqual(new Set(refs))
  const read = leafReader(rows.map(row => new Uint8Array(row.leaf_hash)))
  const rootAt = (size: number) => toHex(rootOfRange(read, 0, size))
  const published = await query<{ size: bigint; root: Buffer; cosignatures: number }>(
    "select size, root, cosignatures from log_checkpoints where state = 'published'",
  )
  for (const { size, root } of published) everPublished.set(Number(size), toHex(root))
  for (const [size, root] of everPublished) expect(root).toBe(rootAt(size))
  expect(published.map(({ cosignatures }) => cosignatures)).toEqual(published.map(() => 1))
  const anchored = await query<{ size: bigint; root: Buffer; state: string }>(
    'select size, root, state from anchors',
  )
  for (const { size, root } of anchored) expect(toHex(root)).toBe(rootAt(Number(size)))
  expect(new Set(anchored.map(({ size }) => size)).size).toBe(anchored.length)
  const status: unknown = await (await fetch(`${witness.url}/status`)).json()
  expect(status).toMatchObject({ logs: [{ size: refs.length }], refused: [] })
}

function query<R extends object>(sql: string): Promise<R[]> {
  return database.db.withSystem(tx => tx.query<R>(sql))
}
