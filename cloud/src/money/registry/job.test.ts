/** Registering on a real chain and a real database: once each, whatever dies or was there. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Anvil, startAnvil } from '@tillproof/contracts/testing/anvil.ts'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { chairAgreement, feeTerm } from '@tillproof/shared/agreement/testing.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { waterfall } from '@tillproof/shared/agreement/waterfall.ts'
import { createTestClient, hashTypedData, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp } from '../../platform/testing-http.ts'
import { insertSignature, insertVersion, setEffective } from '../agreements/store.ts'
import { makeWorld, sessionOf, type World } from '../testing.ts'
import { type RegistrationDeps, registrationTurn } from './job.ts'
import { openRegistryChain } from './registry-chain.ts'
import { registryRoutes } from './routes.ts'
import type { RegistryProcess } from './testing-registry-process.ts'

const CLOUD = 'test.tillproof.local'
const key = generatePrivateKey()
const parties = [1, 2].map(() => privateKeyToAccount(generatePrivateKey()))
let database: TestDatabase
let world: World
let anvil: Anvil
let app: TestApp
let deps: RegistrationDeps
const said: string[] = []

beforeEach(async () => {
  database = await testDatabase()
  world = await makeWorld(database.db)
  anvil = await startAnvil()
  app = await testApp(database.db, registryRoutes())
  deps = {
    db: database.db,
    chain: openRegistryChain(anvil.url, key, CLOUD),
    rules: { confirmations: 0, stuckAfterMs: 60_000 },
    log: (_level, ...line) => said.push(JSON.stringify(line)),
  }
})
afterEach(async () => {
  await app.close()
  await anvil.stop()
  await database.drop()
})

test('the first turns deploy, the next carry each version to final, for all to see', async () => {
  const [terms, next] = [await signed(1), await signed(2)]
  await turnUntil('nothing')
  expect(said.filter(line => !line.startsWith('['))).toEqual([
    ...['contract', 'contract', 'submitted', 'mined', 'final', 'submitted', 'mined', 'final'],
  ])
  for (const each of [terms, next]) expect(await standing(each)).toBe(digestOf(each))
  const shown = await ask(terms, world.lender, 'lender')
  expect(shown).toMatchObject({
    status: 200,
    body: {
      version: 1,
      registration: {
        state: 'final',
        chainId: 31_337,
        transaction: expect.stringMatching(/^0x[0-9a-f]{64}$/),
        block: 2,
        failure: null,
      },
    },
  })
  expect((await ask(terms, world.site, 'site')).status).toBe(404)
})

test('a version that not every party has signed is not brought', async () => {
  await signed(1, { isWhole: false })
  await turnUntil('nothing')
  expect(await registrations()).toEqual([])
})

describe('killed with SIGKILL', () => {
  test.each(['before-send', 'after-send'] as const)('%s: registered once', async dies => {
    await turnUntil('nothing')
    const terms = await signed(1)
    const told: RegistryProcess = {
      apiUrl: database.url,
      systemUrl: database.url,
      rpcUrl: anvil.url,
      key,
      cloudName: CLOUD,
      dies,
    }
    const file = fileURLToPath(new URL('./testing-registry-process.ts', import.meta.url))
    const run = promisify(execFile)(process.execPath, [file, JSON.stringify(told)])
    await expect(run).rejects.toMatchObject({ signal: 'SIGKILL' })
    expect(await registrations()).toMatchObject([{ state: 'submitted', sent_at: null }])
    await turnUntil('nothing')
    expect(await registrations()).toMatchObject([{ state: 'final' }])
    expect(await standing(terms)).toBe(digestOf(terms))
    expect(await deps.chain.nonce()).toBe(2)
  })
})

test('two processes at the same moment register nothing twice', async () => {
  await signed(1)
  for (let i = 0; i < 8; i++) await Promise.all([registrationTurn(deps), registrationTurn(deps)])
  expect(await registrations()).toMatchObject([{ state: 'final' }])
})

test('one that somebody else brought is as good, and says where', async () => {
  await turnUntil('nothing')
  const terms = await signed(1)
  const call = { contract: await contract(), terms, signatures: await signaturesOf(terms) }
  const gas = await deps.chain.gasFor(call)
  if ('refused' in gas) expect.fail(gas.refused)
  const fees = { chainId: 31_337, nonce: await deps.chain.nonce(), gasPrice: 0n, ...gas }
  const other = await deps.chain.registering(call, fees)
  await deps.chain.send(other.raw)
  await turnUntil('standing')
  expect(await ask(terms, world.operator, 'operator')).toMatchObject({
    body: { registration: { state: 'final', transaction: other.hash, block: 2 } },
  })
})

test('a reorganisation sends the same transaction again', async () => {
  const terms = await signed(1)
  deps = { ...deps, rules: { ...deps.rules, confirmations: 3 } }
  await turnUntil('mined')
  const [before] = await registrations()
  await rpc('anvil_reorg', [1, []])
  await turnUntil('unmined')
  await turnUntil('mined')
  await chainClient().mine({ blocks: 3 })
  await turnUntil('final')
  expect(await registrations()).toMatchObject([{ state: 'final', nonce: before?.nonce }])
  expect(await standing(terms)).toBe(digestOf(terms))
})

test('a chain that was reset gets a new registry and every version again', async () => {
  const terms = await signed(1)
  await turnUntil('nothing')
  await anvil.stop()
  anvil = await startAnvil()
  deps = { ...deps, chain: openRegistryChain(anvil.url, key, CLOUD) }
  await turnUntil('nothing')
  expect(await standing(terms)).toBe(digestOf(terms))
  expect((await registrations()).map(({ state }) => state)).toEqual(['final', 'final'])
})

test('what the registry refuses is said with its reason, and nothing is sent', async () => {
  await turnUntil('nothing')
  const nonce = await deps.chain.nonce()
  const terms = await signed(1, { by: CLOUD.replace('test', 'other') })
  await turnUntil('refused')
  await turnUntil('nothing')
  expect(await deps.chain.nonce()).toBe(nonce)
  expect(await ask(terms, world.operator, 'operator')).toMatchObject({
    body: { registration: { state: 'failed', failure: expect.stringContaining('revert') } },
  })
})

function termsOf(version: number): AgreementTerms {
  const [operator, lender] = parties.map(({ address }) => address.toLowerCase())
  const account = partyShare(world.operator)
  return {
    ...chairAgreement,
    agreementId,
    version,
    bookId: world.operator,
    parties: [
      { organisationId: world.operator, role: 'operator', signer: operator ?? '' },
      { organisationId: world.lender, role: 'lender', signer: lender ?? '' },
    ],
    accounts: [{ account, partyId: world.operator }],
    terms: [feeTerm],
    script: waterfall([feeTerm], account),
  }
}
const agreementId = randomUUID()
const signaturesOf = (terms: AgreementTerms, cloud = CLOUD) =>
  Promise.all(parties.map(each => each.signTypedData(agreementTypedData(terms, cloud))))

/** Signed in the order opposite to that of the terms: the contract wants the terms' own. */
async function signed(version: number, how: { isWhole?: boolean; by?: string } = {}) {
  const terms = termsOf(version)
  const signatures = await signaturesOf(terms, how.by)
  const signedAt = new Date(version * 1000)
  await database.db.withSystem(async tx => {
    const proposedBy = world.users[world.operator] ?? ''
    await insertVersion(tx, { terms, hash: agreementHash(terms), proposedBy })
    for (const [at, { organisationId, signer }] of [...terms.parties.entries()].reverse()) {
      const by = { organisationId, signer, signedBy: world.users[organisationId] ?? '', signedAt }
      await insertSignature(tx, { terms, signature: signatures[at] ?? '', ...by })
    }
    if (how.isWhole ?? true) await setEffective(tx, terms, signedAt)
  })
  return terms
}

const digestOf = (terms: AgreementTerms) => hashTypedData(agreementTypedData(terms, CLOUD))
const standing = async (terms: AgreementTerms) => deps.chain.digestAt(await contract(), terms)
async function contract(): Promise<`0x${string}`> {
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ address: `0x${string}` }>(
      "select address from anchor_contracts where state = 'deployed'",
    ),
  )
  return row?.address ?? expect.fail('nothing is deployed')
}
type Row = { state: string; nonce: bigint | null; sent_at: Date | null }
const registrations = () =>
  database.db.withSystem(tx =>
    tx.query<Row>('select state, nonce, sent_at from agreement_registrations order by id'),
  )
const ask = (terms: AgreementTerms, by: string, kind: 'operator' | 'lender' | 'site') => {
  const path = `/api/v1/agreements/${terms.agreementId}/versions/${terms.version}`
  return app.ask(sessionOf(world, by, kind), 'GET', path)
}

/** Turns until a turn did `what`; after 40 without it says what they did instead. */
async function turnUntil(what: string): Promise<void> {
  said.length = 0
  for (let turns = 0; turns < 40; turns += 1) {
    const turn = await registrationTurn(deps)
    if (turn.do === what) return
    said.push(turn.do)
  }
  expect.fail(`no turn did ${what}: ${said.join(' ')}`)
}
const chainClient = () => createTestClient({ mode: 'anvil', transport: http(anvil.url) })
async function rpc(method: string, params: unknown[]): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(anvil.url, { method: 'POST', headers, body })
  expect(await answer.json()).not.toHaveProperty('error')
}
