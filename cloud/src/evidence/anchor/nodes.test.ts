/** Anchoring through nodes that differ from Ethereum's own, and what proves an anchor offline. */
import { type Anvil, startAnvil } from '@tillproof/contracts/testing/anvil.ts'
import {
  type NodeKind,
  type NodeStub,
  startNodeStub,
} from '@tillproof/contracts/testing/node-stub.ts'
import { readAnchorProof } from '@tillproof/shared/bundle/anchor-proof.ts'
import { readHeader } from '@tillproof/shared/bundle/block-header.ts'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { generatePrivateKey } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { openChain } from './chain.ts'
import { originHashOf } from './contract.ts'
import { type AnchorDeps, anchorTurn } from './job.ts'
import { anchoredState } from './store.ts'

const origin = 'demo.tillproof.local/log'
const key = generatePrivateKey()
let database: TestDatabase
let anvil: Anvil
let stub: NodeStub | undefined
let said: string[]

beforeEach(async () => {
  database = await testDatabase()
  anvil = await startAnvil()
  said = []
})
afterEach(async () => {
  await stub?.stop()
  stub = undefined
  await anvil.stop()
  await database.drop()
})

test('at finality the header and the proof of the root are kept, and hold', async () => {
  await publish(7, 'ab')
  await turnUntil(depsFor(anvil.url), 'final')
  await expectProven(7, 'ab')
})

describe('Besu with QBFT', () => {
  test('anchors with what it has, and is proven under the name without seals', async () => {
    const deps = depsFor(await inFront('besu'))
    await publish(7, 'ab')
    await turnUntil(deps, 'final')
    await expectProven(7, 'ab')
    expect([...(stub?.asked ?? [])]).not.toContain('eth_feeHistory')
    expect(said.filter(line => line.startsWith('warn'))).toEqual([])
  })
})

describe('FISCO BCOS', () => {
  test('anchors, without a proof that needs no node', async () => {
    const deps = depsFor(await inFront('fisco'))
    await publish(7, 'ab')
    await turnUntil(deps, 'final')
    expect(await anchors()).toMatchObject([{ size: 7n, state: 'final', header: null }])
    expect(stub?.asked).toContain('eth_getProof')
  })

  test('makes no empty blocks: an anchor that wants confirmations waits for others', async () => {
    const deps = depsFor(await inFront('fisco'))
    await publish(7, 'ab')
    await turnUntil({ ...deps, rules: { ...deps.rules, confirmations: 2 } }, 'mined')
    for (let turns = 0; turns < 5; turns += 1) {
      const turn = await anchorTurn({ ...deps, rules: { ...deps.rules, confirmations: 2 } })
      expect(turn).toEqual({ do: 'wait', why: 'not deep enough' })
    }
    await turnUntil(deps, 'final')
  })
})

test('a node of another chain is named, and nothing is sent to it', async () => {
  await publish(7, 'ab')
  const deps = { ...depsFor(anvil.url), chainId: 20_260 }
  expect(await anchorTurn(deps)).toEqual({ do: 'wait', why: 'the node is of another chain' })
  expect(said).toEqual(['error the node is of another chain: nothing is anchored'])
  expect(await deps.chain.nonce()).toBe(0)
})

test('a database put back behind its anchors is told so, and anchors nothing', async () => {
  const deps = depsFor(anvil.url)
  await publish(7, 'ab')
  await turnUntil(deps, 'final')
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ address: `0x${string}` }>(
      "select address from anchor_contracts where state = 'deployed'",
    ),
  )
  await database.drop()
  database = await testDatabase()
  await publish(9, 'cd')
  const { address: contract } = row ?? expect.unreachable()
  const restored = { ...depsFor(anvil.url), contract }
  expect(await anchorTurn(restored)).toMatchObject({ do: 'contract' })
  expect(await anchorTurn(restored)).toEqual({ do: 'wait', why: 'the chain is ahead of the log' })
  expect(said).toContain(
    'error the chain holds what this log does not lead to: was the database put back?',
  )
  expect(await anchors()).toEqual([])
})

async function inFront(kind: NodeKind): Promise<string> {
  stub = await startNodeStub(kind, anvil.url)
  return stub.url
}

function depsFor(url: string): AnchorDeps {
  return {
    db: database.db,
    chain: openChain(url, key),
    origin,
    everyMs: 0,
    rules: { confirmations: 0, stuckAfterMs: 60_000 },
    log: (level, message, fields) => {
      said.push(`${level} ${message}`)
      if (message.includes('no progress')) said.push(JSON.stringify(fields))
    },
  }
}

/** Reads what is kept as a verifier does, with nothing but the block's name from the chain. */
async function expectProven(size: number, byte: string): Promise<void> {
  const [row] = await anchors()
  const { id, block_hash: blockHash, address } = row ?? expect.unreachable()
  const kept = await database.db.withSystem(tx => anchoredState(tx, id))
  const { header: raw, ...proof } = kept ?? expect.unreachable()
  const header = readHeader(new Uint8Array(raw)) ?? expect.unreachable()
  const names = [header.hash, ...(header.qbft === null ? [] : [header.qbft.hash])]
  expect(names.map(name => `0x${toHex(name)}`)).toContain(blockHash)
  const originHash = fromHex(originHashOf(origin).slice(2)) ?? expect.unreachable()
  const query = { contract: address.toLowerCase(), originHash, size }
  const nodes = (list: Uint8Array[]) => list.map(node => new Uint8Array(node))
  const given = { account: nodes(proof.account), storage: nodes(proof.storage) }
  const reading = readAnchorProof(query, header.stateRoot, given)
  expect(reading).toEqual({ ok: true, root: fromHex(byte.repeat(32)) })
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

async function turnUntil(deps: AnchorDeps, what: string): Promise<void> {
  const did: string[] = []
  for (let turns = 0; turns < 30; turns += 1) {
    const turn = await anchorTurn(deps)
    if (turn.do === what) return
    did.push('why' in turn ? turn.why : turn.do)
  }
  expect.fail(`no turn did ${what}: ${did.join(' ')} ${said.join(' ')}`)
}

type Row = { id: bigint; size: bigint; state: string; header: Buffer | null; block_hash: string }
function anchors(): Promise<(Row & { address: string })[]> {
  return database.db.withSystem(tx =>
    tx.query<Row & { address: string }>(
      `select a.id, a.size, a.state, a.header, a.block_hash, c.address
       from anchors a join anchor_contracts c on c.id = a.contract_id order by a.id`,
    ),
  )
}
