/**
 * What a bundle carries besides its events, on a running log: the place of its head in the map of
 * newest heads, and the signature of the log's second key for those who ask for it.
 */

import type { Bundle } from '@tillproof/shared/bundle/bundle.ts'
import { verifyBundle } from '@tillproof/shared/bundle/verify.ts'
import { bundleOf } from '@tillproof/shared/bundle/write.ts'
import { toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { sm2 } from '@tillproof/shared/crypto/sm2.ts'
import { vkey } from '@tillproof/shared/note/key.ts'
import { formatPolicy, parsePolicy } from '@tillproof/shared/note/policy.ts'
import { LOG, ORIGIN, partsOf, saleLog, signHead } from '@tillproof/shared/testing/world.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { headSize, newestPublished } from '../log/checkpoints.ts'
import { headsMapJob } from '../log/heads-map.ts'
import { startLog } from '../log/run.ts'
import { stageLeaf } from '../log/store.ts'
import { soldOnce } from '../testing.ts'
import { assembleRange } from './assemble.ts'

const DAY = '2026-01-31'
const patience = { timeout: 45_000 }
const key = ed25519.generate()
const second = new Uint8Array(32).fill(3)
const evidence = soldOnce()
const log = `log ${vkey(LOG, 'ed25519', key.publicKey)}`
const alsoBy = (privateKey: Uint8Array) => `also ${vkey(LOG, 'sm2', sm2.publicKeyOf(privateKey))}`
const policy = parsePolicy(`${log}\n${alsoBy(second)}\nquorum none\n`)

let database: TestDatabase
let running: { stop(): Promise<void> }
/** The bundle before there is a map, with one, and after the machine signed a newer head. */
const bundles: Bundle[] = []

beforeAll(async () => {
  database = await testDatabase()
  const { db } = database
  running = startLog({
    db,
    origin: LOG,
    logKey: key.privateKey,
    sm2Key: second,
    policy,
    log: () => undefined,
    publishEveryMs: 50,
  })
  await logHead(evidence.head)
  bundles.push(await assembled())
  await newMap(DAY)
  bundles.push(await assembled())
  const grown = [...saleLog(), partsOf({ kind: 'custom', index: 4 })]
  await logHead(signHead(grown, grown.length))
  await newMap('2026-02-01')
  bundles.push(await assembled())
})
afterAll(async () => {
  await running.stop()
  await database.drop()
})

test('the log’s second key has signed, for those who ask for it and for those who do not', () => {
  const [bundle] = bundles
  expect(bundle?.checkpoint.signers).toHaveLength(2)
  const verdict = (...lines: string[]) => {
    return verifyBundle(bundle, parsePolicy(lines.join('\n'))).verdict
  }
  expect(verdict(log, 'quorum none')).toBe('logged')
  expect(verdict(log, alsoBy(second), 'quorum none')).toBe('logged')
  expect(verdict(log, alsoBy(second.with(31, 4)), 'quorum none')).toBe('invalid')
  expect(formatPolicy(policy)).toContain(`\n${alsoBy(second)}\n`)
})

test('a touched signature of the second key makes the bundle invalid', () => {
  const [bundle] = bundles
  if (!bundle) return expect.unreachable()
  const lines = bundle.checkpoint.note.split('\n')
  const last = lines.at(-2) ?? ''
  const touched = `${last.slice(0, -9)}${last.at(-9) === 'A' ? 'B' : 'A'}${last.slice(-8)}`
  const note = [...lines.slice(0, -2), touched, ''].join('\n')
  const forged = { ...bundle, checkpoint: { ...bundle.checkpoint, note } }
  expect(verifyBundle(forged, policy).verdict).toBe('invalid')
})

test('without a map nothing is said about newer heads', () => {
  expect(newestIn(bundles[0])).toEqual([])
})

test('the map shows that no newer head is hidden', () => {
  expect(newestIn(bundles[1])).toEqual([
    ['newest-head', true, `No newer head of ${ORIGIN} is among the first 1 leaves of the log.`],
  ])
})

test('the map of the next day shows that there is a newer one', () => {
  expect(newestIn(bundles[2])).toEqual([
    ['newest-head', null, `A newer head of ${ORIGIN} is leaf 2 of the log.`],
  ])
})

test('a map that is not the log’s, or not about this machine, is refused', () => {
  const bundle = bundles[1]
  const [head] = bundle?.deviceHeads ?? []
  if (!bundle || !head?.newest) return expect.unreachable()
  const { newest } = head
  const changes = [
    { leafIndex: 0 },
    { at: 1 },
    { map: toBase64(new Uint8Array(48)) },
    { head: { ...newest.head, leafHash: toBase64(new Uint8Array(32)) } },
    { head: { ...newest.head, leafIndex: 1 } },
  ]
  for (const change of changes) {
    const forged = { ...bundle, deviceHeads: [{ ...head, newest: { ...newest, ...change } }] }
    expect(verifyBundle(forged, policy).verdict).toBe('invalid')
  }
})

test('any byte of the map’s part changed makes the bundle invalid, or contradicts the log', () => {
  const bytes = utf8(JSON.stringify(bundles[1]))
  const text = JSON.stringify(bundles[1])
  const from = text.indexOf('"newest":{')
  for (let at = from; at < text.indexOf('"checkpoint":'); at++) {
    const touched = bytes.with(at, (bytes[at] ?? 0) ^ 1)
    expect([20, 21]).toContain(verifyBundle(touched, policy).exitCode)
  }
})

async function logHead(head: string): Promise<void> {
  await database.db.withSystem(tx => stageLeaf(tx, headLeaf(head)))
  await published()
}

/** A head's `ref` is its origin: by it the map finds the newest one. */
function headLeaf(head: string) {
  return { type: 'device-head', body: utf8(head), ref: ORIGIN } as const
}

async function newMap(day: string): Promise<void> {
  await headsMapJob({ db: database.db, clock: () => Date.parse(day) }).run(day)
  await published()
}

/** Waits until everything staged so far is under a published checkpoint. */
async function published(): Promise<void> {
  const isDone = () =>
    database.db.withSystem(async tx => {
      const [row] = await tx.query<{ staged: bigint }>('select count(*) as staged from log_staged')
      const size = (await newestPublished(tx))?.size ?? 0
      return Number(row?.staged) === 0 && size === (await headSize(tx))
    })
  await vi.waitUntil(isDone, patience)
}

async function assembled(): Promise<Bundle> {
  const made = await database.db.withSystem(tx => assembleRange(tx, { policy, maps: {} }, evidence))
  return 'frame' in made ? bundleOf(made.frame, made.events) : expect.fail(made.refused)
}

function newestIn(bundle: Bundle | undefined) {
  const { verdict, checks } = verifyBundle(bundle, policy)
  expect(verdict).toBe('logged')
  const found = checks.filter(({ name }) => name === 'newest-head')
  return found.map(({ name, ok, detail }) => [name, ok, detail])
}
