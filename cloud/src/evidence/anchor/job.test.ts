/** Anchoring on a real chain and a real database: deploy, anchor, reorg, drop, reset, outage. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Anvil, startAnvil } from '@tillproof/contracts/testing/anvil.ts'
import { createTestClient, http, toHex } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { openChain } from './chain.ts'
import { originHashOf } from './contract.ts'
import { type AnchorDeps, anchorTurn } from './job.ts'

const origin = 'demo.tillproof.local/log'
let database: TestDatabase
let anvil: Anvil
let deps: AnchorDeps
const said: string[] = []

beforeEach(async () => {
  database = await testDatabase()
  anvil = await startAnvil()
  deps = depsFor(anvil.url)
})
afterEach(async () => {
  await anvil.stop()
  await database.drop()
})

test('the first turns deploy the contract, the next carry a checkpoint to final', async () => {
  await publish(7, 'ab')
  await turnUntil('final')
  expect(said.filter(line => !line.startsWith('['))).toEqual([
    ...['contract', 'contract', 'submitted', 'mined'],
  ])
  const [row] = await anchors()
  expect(row).toMatchObject({ size: 7n, state: 'final' })
  expect(await stored(7)).toBe(`0x${'ab'.repeat(32)}`)
})

test('a second cloud process at the same moment anchors nothing twice', async () => {
  await publish(3, 'cd')
  for (let i = 0; i < 8; i += 1) await Promise.all([anchorTurn(deps), anchorTurn(deps)])
  const rows = await anchors()
  expect(rows.map(row => row.state)).toEqual(['final'])
})

test('a reorganisation sends the same transaction again, and it becomes final again', async () => {
  await publish(5, 'ee')
  deps = { ...deps, rules: { ...deps.rules, confirmations: 3 } }
  await turnUntil('mined')
  const [before] = await anchors()
  await rpc('anvil_reorg', [1, []])
  await turnUntil('unmined')
  await turnUntil('mined')
  await testClient().mine({ blocks: 3 })
  await turnUntil('final')
  const [after, ...others] = await anchors()
  expect(others).toEqual([])
  expect(after).toMatchObject({ state: 'final', nonce: before?.nonce })
  expect(await stored(5)).toBe(`0x${'ee'.repeat(32)}`)
})

test('a transaction the node dropped is sent again under its nonce', async () => {
  await turnUntil('nothing')
  await publish(5, 'ee')
  await testClient().setAutomine(false)
  deps = { ...deps, rules: { ...deps.rules, stuckAfterMs: 100 } }
  await turnUntil('submitted')
  await rpc('anvil_dropAllTransactions', [])
  await sleep(150)
  await turnUntil('send')
  await testClient().mine({ blocks: 2 })
  await turnUntil('final')
  expect(await anchors()).toHaveLength(1)
})

test('a transaction that nobody mines is sent again at a higher price', async () => {
  await anvil.stop()
  anvil = await startAnvil({ isGasFree: false })
  deps = { ...depsFor(anvil.url), rules: { confirmations: 0, stuckAfterMs: 100 } }
  await testClient().setBalance({ address: deps.chain.address, value: 10n ** 18n })
  await turnUntil('nothing')
  await publish(5, 'ee')
  await testClient().setAutomine(false)
  await turnUntil('submitted')
  await sleep(150)
  await turnUntil('bump')
  await turnUntil('send')
  await testClient().mine({ blocks: 1 })
  await turnUntil('final')
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ first: string; second: string; mined: string }>(
      `select transaction_hashes[1] as first, transaction_hashes[2] as second,
         mined_transaction as mined from anchors`,
    ),
  )
  expect(row?.second).not.toBe(row?.first)
  expect(row?.mined).toBe(row?.second)
})

test('a chain that was reset gets a new contract and the newest root again', async () => {
  await publish(5, 'ee')
  await turnUntil('final')
  await anvil.stop()
  anvil = await startAnvil()
  deps = depsFor(anvil.url, deps)
  await turnUntil('final')
  expect((await anchors()).map(row => row.state)).toEqual(['failed', 'final'])
  const contracts = await database.db.withSystem(tx =>
    tx.query('select state from anchor_contracts order by id'),
  )
  expect(contracts).toEqual([{ state: 'lost' }, { state: 'deployed' }])
  expect(await stored(5)).toBe(`0x${'ee'.repeat(32)}`)
})

test('a chain put back to before a final anchor gets it again in the same contract', async () => {
  await publish(1, '01')
  await turnUntil('final')
  const snapshot = await testClient().snapshot()
  await publish(5, 'ee')
  await turnUntil('final')
  await testClient().revert({ id: snapshot })
  expect(await anchorTurn(deps)).toEqual({ do: 'nothing' })
  await testClient().mine({ blocks: 5 })
  expect(await stored(5)).toBe(`0x${'00'.repeat(32)}`)
  await turnUntil('final')
  expect(await stored(5)).toBe(`0x${'ee'.repeat(32)}`)
})

test('a chain put back by several anchors keeps none of them final that it lost', async () => {
  await publish(1, '01')
  await turnUntil('final')
  const snapshot = await testClient().snapshot()
  await publish(5, 'ee')
  await turnUntil('final')
  await publish(9, '99')
  await turnUntil('final')
  await testClient().revert({ id: snapshot })
  await testClient().mine({ blocks: 5 })
  await turnUntil('final')
  expect((await anchors()).map(row => [row.size, row.state])).toEqual([
    [1n, 'final'],
    [5n, 'failed'],
    [9n, 'failed'],
    [9n, 'final'],
  ])
  expect(await stored(9)).toBe(`0x${'99'.repeat(32)}`)
})

test('while the node is down nothing breaks, and it goes on when the node is back', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tillproof-anvil-'))
  const keeping = { stateFile: join(dir, 'state.json') }
  await anvil.stop()
  anvil = await startAnvil(keeping)
  deps = depsFor(anvil.url, deps)
  await publish(5, 'ee')
  await turnUntil('final')
  await anvil.stop()
  await publish(9, '99')
  expect(await anchorTurn(deps)).toMatchObject({ do: 'wait' })
  anvil = await startAnvil({ ...keeping, port: anvil.port })
  await turnUntil('final')
  expect((await anchors()).map(row => row.size)).toEqual([5n, 9n])
  await anvil.stop()
  await rm(dir, { recursive: true })
})

const key = generatePrivateKey()
function depsFor(url: string, before?: AnchorDeps): AnchorDeps {
  const chain = openChain(url, key)
  const rules = { confirmations: 0, stuckAfterMs: 60_000 }
  return before === undefined
    ? {
        db: database.db,
        chain,
        origin,
        everyMs: 0,
        rules,
        log: (_level, ...line) => said.push(JSON.stringify(line)),
      }
    : { ...before, chain }
}
/** Makes checkpoint `size` published, as the publisher does; its root is the byte repeated. */
async function publish(size: number, byte: string): Promise<void> {
  await database.db.withSystem(tx =>
    tx.query(
      `insert into log_checkpoints (size, root, note, state, published_at)
       values ($1, $2, 'note', 'published', now())`,
      [size, Buffer.from(byte.repeat(32), 'hex')],
    ),
  )
}
/** Turns until a turn did `what`; after 30 without it says what they did instead. */
async function turnUntil(what: string): Promise<void> {
  said.length = 0
  for (let turns = 0; turns < 30; turns += 1) {
    const turn = await anchorTurn(deps)
    if (turn.do === what) return
    said.push(turn.do)
  }
  expect.fail(`no turn did ${what}: ${said.join(' ')}`)
}
type Row = { size: bigint; state: string; nonce: bigint }
function anchors(): Promise<Row[]> {
  return database.db.withSystem(tx =>
    tx.query<Row>('select size, state, nonce from anchors order by id'),
  )
}
async function stored(size: number): Promise<string> {
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ address: `0x${string}` }>(
      "select address from anchor_contracts where state = 'deployed'",
    ),
  )
  const contract = row?.address ?? toHex('')
  return deps.chain.rootAt({ contract, originHash: originHashOf(origin), size })
}
function testClient() {
  return createTestClient({ mode: 'anvil', transport: http(deps.chain.rpcUrl) })
}
/** Methods of anvil that viem has no name for. */
async function rpc(method: string, params: unknown[]): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(deps.chain.rpcUrl, { method: 'POST', headers, body })
  expect(await answer.json()).not.toHaveProperty('error')
}
