/**
 * The whole way of one head on real parts: staged, numbered, cosigned by a witness process,
 * anchored on a chain, bundled, verified by the lender's command; and what is served on the way.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Anvil, startAnvil } from '@tillproof/contracts/testing/anvil.ts'
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519, sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { decodeEntryBundle } from '@tillproof/shared/merkle/entry-bundle.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { parseVkey, vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp, type HttpServer, listen } from '../platform/http/app.ts'
import type { Session } from '../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../platform/testing.ts'
import { openChain } from './anchor/chain.ts'
import { type AnchorDeps, anchorTurn } from './anchor/job.ts'
import { bundleRoutes } from './bundles/routes.ts'
import type { Leaf } from './log/leaf.ts'
import { logRoutes } from './log/routes.ts'
import { startLog } from './log/run.ts'
import { proofStateOf, stageLeaf } from './log/store.ts'
import { clearedOnce, soldOnce, startWitness, type WitnessProcess, witnessCli } from './testing.ts'

const origin = 'demo.tillproof.local/log'
const saleId = 'd0123456789ab.1.1'
const key = ed25519.generate()
const logVkey = vkey(origin, 'ed25519', key.publicKey)
const evidence = soldOnce()
const clearing = clearedOnce()
const leaf = { type: 'device-head', body: utf8(evidence.head) } as const

/** Generous: machines that run all tests at once are slow. */
const patience = { timeout: 45_000 }

let dir: string
let database: TestDatabase
let witness: WitnessProcess
let anvil: Anvil
let running: { stop(): Promise<void> }
let server: HttpServer
let deps: AnchorDeps

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tillproof-way-'))
  database = await testDatabase()
  const { db } = database
  witness = await startWitness('witness.bank', logVkey)
  anvil = await startAnvil({ blockTimeS: 1 })
  const bank = `witness bank ${witness.vkey} ${witness.url}`
  const policy = parsePolicy(`log ${logVkey}\n${bank}\nquorum bank\n`)
  const log = () => undefined
  running = startLog({ db, origin, logKey: key.privateKey, policy, log, publishEveryMs: 50 })
  const rules = { confirmations: 1, stuckAfterMs: 60_000 }
  const chain = openChain(anvil.url, generatePrivateKey())
  deps = { db, chain, origin, everyMs: 0, rules, log }
  const sources = {
    deviceEvidence: async (_tx: unknown, id: string) => (id === saleId ? evidence : undefined),
    clearing: async () => clearing,
  }
  const routes = [
    ...logRoutes({ db, policy: () => policy }),
    ...bundleRoutes({ db, policy: () => policy, sources }),
  ]
  const sessionOf = async () => session
  const app = createApp({ db, log, routes, sessionOf, publicUrl: 'http://127.0.0.1' })
  server = await listen(app, '127.0.0.1', 0)
})
afterAll(async () => {
  await running.stop()
  await server.close()
  await witness.remove()
  await anvil.stop()
  await database.drop()
  rmSync(dir, { recursive: true })
})

test('before it is logged there is no bundle and no checkpoint', async () => {
  expect((await get('/log/checkpoint')).status).toBe(404)
  const answer = await get(`/api/v1/bundles/sales/${saleId}`)
  expect(answer.status).toBe(409)
  expect(await answer.json()).toMatchObject({ code: 'bundle.not-logged' })
  expect((await get('/api/v1/bundles/sales/d0123456789ab.1.99')).status).toBe(404)
})

test('staged, it is numbered, cosigned and published within seconds', async () => {
  await database.db.withSystem(async tx => {
    await stageLeaf(tx, { type: 'pledge', body: utf8('something before it') })
    await stageLeaf(tx, leaf)
    await stageLeaf(tx, { type: 'agreement', body: agreementHash(clearing.terms) })
  })
  await expect.poll(() => proofState(leaf), patience).toMatchObject({ witnessed: true })
  expect(await (await get('/api/v1/log/status')).json()).toMatchObject({
    origin,
    size: 3,
    published: { size: 3, cosignatures: 1 },
    pending: null,
    anchor: null,
  })
})

test('what is served is a tlog-tiles log: entries hash to the checkpoint’s root', async () => {
  const verifier = parseVkey(logVkey)
  const note = await (await get('/log/checkpoint')).text()
  const opened = openCheckpoint(note, origin, verifier ? [verifier] : [])
  expect(opened.ok).toBe(true)
  const bundle = await get('/log/tile/entries/000.p/3')
  expect(bundle.headers.get('cache-control')).toContain('immutable')
  const entries = decodeEntryBundle(await bundle.bytes())
  expect(entries?.map(entry => new TextDecoder().decode(entry).split('\n')[0])).toEqual([
    'tillproof/pledge/v1',
    'tillproof/device-head/v1',
    'tillproof/agreement/v1',
  ])
  const tile = await (await get('/log/tile/0/000.p/3')).bytes()
  expect(tile).toHaveLength(96)
  const root = rootOf(appendLeaves(emptyPeaks, (entries ?? []).map(leafHash)))
  expect(opened.ok && opened.checkpoint.root).toEqual(root)
  for (const path of ['0/000', '0/000.p/4', '1/000.p/1', '0/001.p/1', 'entries/000', '0/0.p/2']) {
    expect((await get(`/log/tile/${path}`)).status).toBe(404)
  }
})

test('witnessed and not anchored: the verifier says so, exit code 10', async () => {
  const { out, code } = await verify()
  expect(out).toMatch(/^witnessed /)
  expect(out).toContain('?  clearing: The sale was not cleared yet.')
  expect(code).toBe(10)
})

test('once its batch is published too, the bundle proves the split', async () => {
  const batch = { type: 'posting-batch', body: sha256(clearing.batchHeader) } as const
  await database.db.withSystem(tx => stageLeaf(tx, batch))
  await expect.poll(() => proofState(batch), patience).toMatchObject({ witnessed: true })
  expect((await verify()).out).toMatch(/✓ {2}clearing: .*\n {2}✓ {2}agreement: /)
})

test('anchored: exit code 0 when a node is asked or its block named, 10 when not', async () => {
  await expect.poll(turn, { ...patience, interval: 50 }).toBe('final')
  expect(await proofState(leaf)).toEqual({ logged: true, witnessed: true, anchored: true })
  const asked = await verify('--rpc', anvil.url, '--explain')
  expect(asked.out).toMatch(/^anchored /)
  expect(asked.code).toBe(0)
  expect((await verify()).code).toBe(10)
  const { anchor } = JSON.parse(await download())
  const { out, code } = await verify('--block', anchor.state.blockHash, '--explain')
  expect(out).toMatch(/^anchored by a block that you named \(exit 0\)/)
  expect(code).toBe(0)
  expect((await verify('--block', `0x${'12'.repeat(32)}`)).code).toBe(10)
  expect((await verify('--block', 'latest')).code).toBe(2)
  const status = await (await get('/api/v1/log/status')).json()
  expect(status).toMatchObject({ anchor: { size: 4, state: 'final', chainId: 31337 } })
})

test('who trusts another log, or asks for another witness, is not convinced', async () => {
  const otherLog = vkey(origin, 'ed25519', ed25519.generate().publicKey)
  expect((await verifyBy(`log ${otherLog}\nquorum none\n`)).code).toBe(20)
  expect((await verifyBy(`log ${logVkey}\nquorum none\n`)).code).toBe(11)
  const other = vkey('witness.other', 'cosignature', ed25519.generate().publicKey)
  const demanding = `log ${logVkey}\nwitness o ${other}\nquorum o\n`
  expect((await verifyBy(demanding)).code).toBe(11)
})

test('a touched bundle is invalid, a policy that cannot be read is wrong usage', async () => {
  const text = await download()
  const touched = text.replace('"index":2', '"index":3')
  expect(touched).not.toBe(text)
  const policy = await (await get('/api/v1/policy')).text()
  expect((await verifyBy(policy, touched)).code).toBe(20)
  expect((await verifyBy('quorum\n', text)).code).toBe(2)
})

const session: Session = {
  userId: '00000000-0000-4000-8000-00000000000a',
  email: 'lender@example.com',
  name: 'Lender',
  role: 'viewer',
  organisation: { id: '00000000-0000-4000-8000-00000000000b', name: 'Bank', kind: 'lender' },
}
function get(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}${path}`)
}
async function download(): Promise<string> {
  return (await get(`/api/v1/bundles/sales/${saleId}`)).text()
}
function proofState(of: Leaf) {
  return database.db.withSystem(tx => proofStateOf(tx, of))
}
async function turn(): Promise<string> {
  return (await anchorTurn(deps)).do
}
/** By the policy the cloud serves, as a lender would copy it. */
async function verify(...flags: string[]) {
  return verifyBy(await (await get('/api/v1/policy')).text(), await download(), ...flags)
}
async function verifyBy(policy: string, bundle?: string, ...flags: string[]) {
  writeFileSync(join(dir, 'policy'), policy)
  writeFileSync(join(dir, 'sale.json'), bundle ?? (await download()))
  return witnessCli('verify', join(dir, 'sale.json'), '--policy', join(dir, 'policy'), ...flags)
}
