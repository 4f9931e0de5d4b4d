/**
 * Proofs from what ingest stored beside each batch, held against proofs made from every leaf: the
 * same hashes at random sizes, wherever batches ended, and without reading the log's leaves.
 */

import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { concat } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { rootOfRange } from '@tillproof/shared/merkle/proof.ts'
import { rootOfSubset, subsetProof } from '@tillproof/shared/merkle/subset.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tx } from '../../platform/db/db.ts'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { testSession } from '../../platform/testing-http.ts'
import {
  TEST_CLOUD,
  type TestEnrolment,
  type TestMachine,
  testEnrolment,
  testMachine,
} from '../testing.ts'
import { deviceEvidenceSource } from './bundle-source.ts'
import { ingest } from './ingest.ts'
import { proofOfEvents } from './subtrees.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let machine: TestMachine
/** The log's size after each batch, beginning with 0. */
const ends = [0]
/** The sale's events by index; other events lie between them. */
const sale: number[] = []
const MOST_BATCHES = 60

beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  operator = await testSession(database.db, 'operator')
  machine = await testMachine(enrolment, operator)
  for (let n = 0; n < MOST_BATCHES; n += 1) await send(n)
})
afterAll(async () => {
  await enrolment.close()
  await database.drop()
})

/** A batch of 1 to 40 events; a few of them tell a sale that takes many batches. */
async function send(n: number): Promise<void> {
  const { log, deviceId } = machine
  for (let more = randomInt(n === 0 ? 0 : 1, 40); more > 0; more -= 1) log.append({ kind: 'test' })
  const money = { amountMinor: 350n, currency: 'CNY' }
  if (n === 5) {
    const opens = log.entries.length
    sale.push(log.append({ kind: 'sale.requested', sale: opens, item: 'A3', ...money }))
  }
  const opened = { sale: sale[0] ?? 0 }
  if (n === 6) sale.push(log.append({ kind: 'sale.approved', ...opened, ...money }))
  if (n === 40) sale.push(log.append({ kind: 'sale.result', ...opened, result: 'success' }))
  const receiptSigner = ed25519Signer('test/receipts', ed25519.generate().privateKey)
  const deps = { db: database.db, receiptSigner, nowMs: Date.now, onAccepted: () => undefined }
  const message = await ingest(deps, deviceId, log.batch(ends.at(-1)))
  expect(message).toMatchObject({ type: 'receipt' })
  ends.push(log.entries.length)
}

const leaves = () => machine.log.entries.map(entry => leafHash(commit(entry)))
const inTenant = <T>(fn: (tx: Tx) => Promise<T>) =>
  database.db.withTenant(operator.organisation.id, fn)

test('proofs are those that every leaf gives, at random sizes and at the ends', async () => {
  const naive = leafReader(leaves())
  const total = ends.at(-1) ?? 0
  const sizes = [1, 2, total, ...ends.slice(1, 6), ...Array.from({ length: 40 }, () => upTo(total))]
  for (const size of sizes) {
    const indexes = [...new Set([0, size - 1, ...Array.from({ length: 6 }, () => upTo(size) - 1)])]
    const ascending = indexes.toSorted((a, b) => a - b)
    const proof = await inTenant(tx => proofOfEvents(tx, machine, ascending, size))
    expect(proof).toEqual(subsetProof(naive, ascending, size))
  }
})
const upTo = (most: number) => randomInt(1, most + 1)

test('a sale told over many batches has each event proven under one head', async () => {
  const source = deviceEvidenceSource(TEST_CLOUD)
  const evidence = await inTenant(tx => source(tx, `${machine.deviceId}.1.${sale[0]}`))
  if (evidence === undefined) return expect.fail('no evidence')
  const { events, genesis, rest, size, head, origin } = evidence
  expect(events.map(({ index }) => index)).toEqual(sale)
  expect(events.map(({ parts }) => parts)).toEqual(sale.map(at => machine.log.entries[at]))
  expect({ size, head, origin }).toEqual({
    size: ends.find(end => end > (sale.at(-1) ?? 0)),
    head: machine.log.head(size),
    origin: machine.origin,
  })
  const leafHashes = [genesis, ...events.map(({ parts }) => parts)].map(parts =>
    leafHash(commit(parts)),
  )
  const claim = { indexes: [0, ...sale], leafHashes: concat(...leafHashes), size, proof: rest }
  const root = rootOfSubset(claim)
  expect(root).toEqual(rootOfRange(leafReader(leaves()), 0, size))
})

test('another organisation’s sale has no evidence', async () => {
  const stranger = await testSession(database.db, 'operator')
  const source = deviceEvidenceSource(TEST_CLOUD)
  const id = `${machine.deviceId}.1.${sale[0]}`
  const evidence = await database.db.withTenant(stranger.organisation.id, tx => source(tx, id))
  expect(evidence).toBeUndefined()
})

test('a proof from batches that are not all there is an error, never a wrong proof', async () => {
  const size = (ends.at(-1) ?? 0) + 8
  const asked = inTenant(tx => proofOfEvents(tx, machine, [3], size))
  await expect(asked).rejects.toMatchObject({ code: 'ingest.subtree-missing' })
})

test('a batch stores about as many subtrees as leaves, so ingest costs the batch', async () => {
  const rows = await inTenant(tx =>
    tx.query<{ leaves: number; nodes: number }>(
      `select length(leaf_hashes) / 32 as leaves, length(node_hashes) / 32 as nodes
       from device_batches where device_id = $1`,
      [machine.deviceId],
    ),
  )
  expect(rows).toHaveLength(MOST_BATCHES)
  for (const row of rows) expect(row.nodes).toBeLessThan(row.leaves + 12)
})

test('the migration fills in what older versions did not store', async () => {
  const read = () =>
    inTenant(tx =>
      tx.query('select node_hashes from device_batches where device_id = $1 order by first_index', [
        machine.deviceId,
      ]),
    )
  const before = await read()
  const file = join(import.meta.dirname, '../../../db/migrations/0007-batch-subtrees.sql')
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('alter table device_batches drop column node_hashes')
  await client.query(await readFile(file, 'utf8'))
  await client.end()
  expect(await read()).toEqual(before)
})
