/**
 * Numbering on a real PostgreSQL: the tree that comes out is the tree of the staged leaves, proofs
 * come from tiles, two sequencers never fork the log, and an unknown commit costs nothing.
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { rootOfRange, verifyConsistency, verifyInclusion } from '@tillproof/shared/merkle/proof.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Db } from '../../platform/db/db.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { leafHashOf } from './leaf.ts'
import { createSequencer, type Sequencer } from './sequencer.ts'
import { indexOfLeaf, stageLeaf } from './store.ts'
import { logConsistencyProof, logInclusionProof, logRootAt } from './tiles.ts'

const origin = 'demo.tillproof.local/log'
let database: TestDatabase
let db: Db
beforeEach(async () => {
  database = await testDatabase()
  db = database.db
})
afterEach(() => database.drop())

test('the entry of a leaf is its type line and its body', async () => {
  const body = utf8('body')
  expect(toHex(leafHashOf({ type: 'pledge', body }))).toBe(
    toHex(leafHash(utf8('tillproof/pledge/v1\nbody'))),
  )
})

test('leaves are numbered in the order they were staged; tiles give root and proofs', async () => {
  const sequencer = createSequencer({ db, origin, holder: 'a', batchSize: 300 })
  const leaves = await stage(700)
  expect(await sequencer.turn()).toEqual({ did: 'numbered', size: 300, leaves: 300, more: true })
  expect(await sequencer.turn()).toMatchObject({ size: 600 })
  expect(await sequencer.turn()).toMatchObject({ size: 700, more: false })
  expect(await sequencer.turn()).toEqual({ did: 'idle' })
  const read = leafReader(leaves.map(leafHashOf))
  for (const size of [1, 255, 256, 257, 512, 700]) {
    const root = await db.withSystem(tx => logRootAt(tx, size))
    expect(toHex(root)).toBe(toHex(rootOfRange(read, 0, size)))
  }
  await expectProofs(leaves.map(leafHashOf), 700)
  const at = await db.withSystem(tx =>
    indexOfLeaf(tx, leaves[421] ?? { type: 'pledge', body: utf8('') }),
  )
  expect(at).toBe(421)
})

test('a tree of more than 65536 leaves climbs to the third level of tiles', async () => {
  const count = 66_000
  await db.withSystem(tx =>
    tx.query(
      `insert into log_staged (type, body)
       select 'pledge', convert_to(n::text, 'utf8') from generate_series(1, $1::int) n`,
      [count],
    ),
  )
  const sequencer = createSequencer({ db, origin, holder: 'a', batchSize: 10_000 })
  while ((await sequencer.turn()).did === 'numbered');
  const hashes = Array.from({ length: count }, (_, i) =>
    leafHashOf({ type: 'pledge', body: utf8(String(i + 1)) }),
  )
  const root = await db.withSystem(tx => logRootAt(tx, count))
  expect(toHex(root)).toBe(toHex(rootOfRange(leafReader(hashes), 0, count)))
  const levels = await db.withSystem(tx =>
    tx.query('select level, count(*)::int as tiles from log_tiles group by level order by level'),
  )
  expect(levels).toEqual([
    { level: 0, tiles: 258 },
    { level: 1, tiles: 2 },
    { level: 2, tiles: 1 },
  ])
})

describe('two sequencers on one database', () => {
  test('take turns by lease only, and the log never forks', async () => {
    const [a, b] = [sequencerOf('a'), sequencerOf('b')]
    await stage(10)
    const first = await Promise.all([a.turn(), b.turn()])
    expect(first.map(turn => turn.did).sort()).toEqual(['numbered', 'standby'])
    for (let round = 0; round < 20; round += 1) {
      const leaves = stage(5)
      await Promise.all([a.turn(), b.turn(), leaves])
    }
    await drain(a, b)
    await expectSoundLog(110)
  })

  test('a silent one is taken over after its lease, and fenced when it wakes', async () => {
    const [a, b] = [sequencerOf('a', 50), sequencerOf('b', 5_000)]
    await stage(3)
    expect((await a.turn()).did).toBe('numbered')
    await db.withSystem(tx => tx.query('select pg_sleep(0.06)'))
    await stage(3)
    expect((await b.turn()).did).toBe('numbered')
    await stage(3)
    expect(await a.turn()).toEqual({ did: 'fenced' })
    expect(await a.turn()).toEqual({ did: 'standby' })
    expect((await b.turn()).did).toBe('numbered')
    await expectSoundLog(9)
  })
})

test('one that stops cleanly hands the log over at once', async () => {
  const [a, b] = [sequencerOf('a'), sequencerOf('b')]
  await stage(2)
  expect((await a.turn()).did).toBe('numbered')
  await a.release()
  expect(a.inCharge()).toBe(false)
  expect((await b.turn()).did).toBe('idle')
})

test('a commit with unknown outcome, done or not, neither loses nor doubles a leaf', async () => {
  for (const committed of [true, false, true]) {
    await stage(4)
    const sequencer = createSequencer({ db: losingAnswers(committed), origin, holder: 'a' })
    await expect(sequencer.turn()).rejects.toThrow('connection lost')
    expect(sequencer.inCharge()).toBe(false)
  }
  await drain(sequencerOf('a'))
  await expectSoundLog(12)
})

test('a head that does not fit its leaves stops the sequencer at once', async () => {
  await stage(3)
  await drain(sequencerOf('a'))
  await expect(db.withSystem(tx => tx.query('update log_heads set size = 2'))).rejects.toThrow(
    'append-only',
  )
  await db.withSystem(tx => tx.query('update log_heads set size = 5'))
  await stage(1)
  await expect(sequencerOf('a').turn()).rejects.toMatchObject({ code: 'log.damaged' })
})

function sequencerOf(holder: string, leaseMs = 5_000): Sequencer {
  return createSequencer({ db, origin, holder, leaseMs })
}
let staged = 0
async function stage(count: number) {
  const leaves = Array.from({ length: count }, () => {
    staged += 1
    return { type: 'pledge', body: utf8(`leaf ${staged}`) } as const
  })
  await db.withSystem(async tx => {
    for (const leaf of leaves) await stageLeaf(tx, leaf)
  })
  return leaves
}
async function drain(...sequencers: Sequencer[]): Promise<void> {
  const left = async () =>
    (await db.withSystem(tx => tx.query('select from log_staged limit 1'))).length
  while ((await left()) > 0) for (const sequencer of sequencers) await sequencer.turn()
}
/** Fails the sequencer's own transaction (not the claim) after, or instead of, its commit. */
function losingAnswers(committed: boolean): Db {
  let calls = 0
  return {
    ...db,
    async withSystem(fn, options) {
      calls += 1
      if (calls === 1) return db.withSystem(fn, options)
      if (committed) await db.withSystem(fn, options)
      throw new Error('connection lost')
    },
  }
}
/** Indexes without gap or repeat, every staged leaf once, and a root that follows from them. */
async function expectSoundLog(size: number): Promise<void> {
  const rows = await db.withSystem(tx =>
    tx.query<{ log_index: bigint; leaf_hash: Buffer; staged_id: bigint }>(
      'select log_index, leaf_hash, staged_id from log_leaves order by log_index',
    ),
  )
  expect(rows.map(row => Number(row.log_index))).toEqual([...Array(size).keys()])
  expect(new Set(rows.map(row => row.staged_id)).size).toBe(size)
  const hashes = rows.map(row => new Uint8Array(row.leaf_hash))
  const root = await db.withSystem(tx => logRootAt(tx, size))
  expect(toHex(root)).toBe(toHex(rootOfRange(leafReader(hashes), 0, size)))
}
async function expectProofs(hashes: Uint8Array[], size: number): Promise<void> {
  const root = await db.withSystem(tx => logRootAt(tx, size))
  for (const index of [0, 1, 255, 256, 511, 699]) {
    const proof = await db.withSystem(tx => logInclusionProof(tx, index, size))
    const leaf = hashes[index] ?? new Uint8Array()
    expect(verifyInclusion({ leafHash: leaf, index, size, proof, root })).toBe(true)
  }
  for (const size1 of [1, 256, 300, 699, 700]) {
    const proof = await db.withSystem(tx => logConsistencyProof(tx, size1, size))
    const root1 = rootOfRange(leafReader(hashes), 0, size1)
    expect(verifyConsistency({ size1, root1, size2: size, root2: root, proof })).toBe(true)
  }
}
