/**
 * Each role of a cloud as a process of its own on one data folder: it says when it is ready and
 * ends within 5 s of SIGTERM. A worker that queues on Redis clears a sale, and a second keeper of
 * the embedded parts is refused.
 */
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { roleUrls } from './core.ts'
import { propose, sign } from './money/agreements/agreement.ts'
import { addPaidOrder, addSale, makeWorld, type World } from './money/testing.ts'
import { type Db, openDb } from './platform/db/db.ts'
import { isRedisPresent, startTestRedis } from './platform/jobs/testing-redis.ts'
import { loadOrCreateKeys } from './platform/keys.ts'
import { type CloudProcess, startCloudProcess } from './testing-process.ts'

const CLOUD = 'demo.tillproof.local'
const STOP_MS = 5_000

let data: string
let embedded: CloudProcess
let db: Db

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'tillproof-roles-'))
  await chmod(data, 0o711)
  embedded = await start('embedded')
  const { databaseUrl } = JSON.parse(await readFile(join(data, 'cloud/embedded.json'), 'utf8'))
  db = openDb(roleUrls(databaseUrl, await loadOrCreateKeys(join(data, 'cloud/keys'))))
}, 120_000)
afterAll(async () => {
  await db.close()
  await embedded.stop()
  await rm(data, { recursive: true, force: true })
})

const logOf = (role: string) => join(data, `${role.replaceAll(',', '-')}.log`)
function start(role: string, more: string[] = [], environment: Record<string, string> = {}) {
  const args = ['--role', role, '--data', data, '--port', '0', '--mqtt-port', '0', ...more]
  return startCloudProcess(logOf(role), [...args, '--no-dashboard'], environment)
}

async function stopsInTime(cloud: CloudProcess): Promise<void> {
  const startedAt = performance.now()
  expect(await cloud.stop()).toBe(0)
  expect(performance.now() - startedAt).toBeLessThan(STOP_MS)
}

test.each([
  ['api', { roles: ['api'], apiUrl: expect.stringContaining('http'), mqttPort: null }],
  ['worker', { roles: ['worker'], apiUrl: null, mqttPort: null }],
  ['ingest', { roles: ['ingest'], apiUrl: null, mqttPort: null }],
  ['broker', { roles: ['broker'], apiUrl: null, mqttPort: expect.any(Number) }],
  ['broker,ingest,worker,api', { roles: ['broker', 'ingest', 'worker', 'api'] }],
])('%s alone is ready and stops in time', async (role, ready) => {
  const cloud = await start(role)
  expect(cloud.ready).toMatchObject({ ready: true, chainRpc: embedded.ready.chainRpc, ...ready })
  await stopsInTime(cloud)
})

test('a second keeper of the embedded parts is refused, and told which is the first', async () => {
  await expect(start('embedded,api')).rejects.toMatchObject({ code: 'test.cloud' })
  const said = await readFile(logOf('embedded,api'), 'utf8')
  expect(said).toMatch(/process \d+ keeps the embedded database and chain of .* already/)
  expect(said).toContain('start this one without the role')
  expect(await db.withSystem(tx => tx.query('select 1 as one'))).toEqual([{ one: 1 }])
})

test('with a file of witnesses that cannot be used it serves on, and says so', async () => {
  const api = await start('api')
  const readyz = async () => (await fetch(`${api.ready.apiUrl}/readyz`)).text()
  expect(await readyz()).toBe('ok')
  await writeFile(join(data, 'cloud/witnesses.policy'), 'group nobody any\n')
  await expect.poll(readyz, { timeout: 5_000 }).toMatch(/^ok\nproblem: .*has no quorum line/)
  await rm(join(data, 'cloud/witnesses.policy'))
  await expect.poll(readyz, { timeout: 5_000 }).toBe('ok')
  await stopsInTime(api)
})

test.skipIf(!isRedisPresent()).each(['REDIS_URL', 'redisUrl'])(
  'with Redis by %s a sale is cleared, also after Redis was killed, and it stops in time',
  async how => {
    // A worker of before that was stopped at once may have left wake-ups for the next.
    const before = await queuedInDatabase()
    const redis = await startTestRedis()
    const file = join(data, 'redis.yaml')
    await writeFile(file, `redisUrl: ${redis.url}\n`)
    const worker = await (how === 'REDIS_URL'
      ? start('worker', [], { REDIS_URL: redis.url })
      : start('worker', ['--config', file]))
    const world = await agreedWorld()
    await isCleared(await soldAndPaid(world, 1))
    expect(await redis.ask('EXISTS bull:match:meta bull:clear:meta')).toBe(':2\r\n')
    expect(await queuedInDatabase()).toEqual(before)

    await redis.kill()
    const whileAway = await soldAndPaid(world, 2)
    await redis.restart()
    await isCleared(whileAway)
    await redis.kill()
    await stopsInTime(worker)
    await redis.stop()
  },
)

const queuedInDatabase = () =>
  db.withSystem(tx => tx.query('select queue, id from bullmq.job order by queue, id'))

/** An operator whose machines' takings are its own, by an agreement it has signed. */
async function agreedWorld(): Promise<World> {
  const world = await makeWorld(db)
  const key = privateKeyToAccount(generatePrivateKey())
  const partyId = world.operator
  const terms = {
    agreementId: randomUUID(),
    version: 1,
    bookId: world.operator,
    currency: 'CNY',
    validFromMs: Date.now() - 60_000,
    deviceIds: world.devices.toSorted(),
    parties: [
      {
        organisationId: partyId,
        role: 'operator' as const,
        signer: key.address.toLowerCase(),
      },
    ],
    utcOffsetMinutes: 480,
    ...fixedShares({
      channels: [{ channel: 'sandbox', basisPoints: 60 }],
      shares: [],
      remainder: { account: partyShare(partyId), partyId },
    }),
  }
  const user = { organisationId: partyId, userId: world.users[partyId] ?? '' }
  const deps = { db, cloudName: CLOUD, clock: Date.now }
  expect(await propose(deps, terms, user)).toHaveProperty('ok')
  const signature = await key.signTypedData(agreementTypedData(terms, CLOUD))
  const signed = await sign(deps, terms.agreementId, 1, signature, user)
  expect(signed).toHaveProperty('ok')
  return world
}

async function soldAndPaid(world: World, index: number): Promise<string> {
  const sale = { device: world.devices[0], index, amountMinor: 350n }
  const orderId = await addPaidOrder(db, world.operator, sale.device, sale.amountMinor)
  return addSale(db, world.operator, { ...sale, orderId })
}

/** Waits for the sale's journal in the ledger. */
async function isCleared(saleId: string): Promise<void> {
  const journals = () =>
    db.withSystem(tx => tx.query('select from journals where business_id = $1', [`sale:${saleId}`]))
  await expect.poll(async () => (await journals()).length, { timeout: 20_000 }).toBe(1)
}
