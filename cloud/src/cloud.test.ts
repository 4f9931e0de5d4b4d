/**
 * A whole cloud with everything embedded, as processes: a machine enrols over HTTP and MQTT, its
 * batches are receipted, also when PostgreSQL, the broker or the cloud is killed with -9 between,
 * and nothing is lost or doubled.
 */
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { parseVkey } from '@tillproof/shared/note/key.ts'
import { receiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { openReceipt } from '@tillproof/shared/wire/receipt.ts'
import { topicOf } from '@tillproof/shared/wire/topics.ts'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CREATE_TOPIC, PROVISION_TOPIC } from './machines/devices/provisioning.ts'
import { proofOf, type TestLog, testLog, testRequest } from './machines/testing.ts'
import { bootstrapCloud, type CloudProcess, startCloudProcess } from './testing-process.ts'

let data: string
let main: CloudProcess
let broker: CloudProcess
let cookie: string
let machine: Machine

const start = (name: string, role: string) =>
  startCloudProcess(join(data, `${name}.log`), [
    ...['--role', role, '--data', data, '--port', '0', '--mqtt-port', '0'],
    ...['--no-dashboard', '--anchor-every-ms', '500'],
  ])
const startMain = () => start('main', 'embedded,ingest,worker,api')
const startBroker = () => start('broker', 'broker')

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'tillproof-cloud-'))
  await chmod(data, 0o711)
  const user = { email: 'ann@acme.test', name: 'Ann', role: 'admin' }
  const input = { organisations: [{ name: 'Acme', kind: 'operator', users: [user] }] }
  const { organisations } = await bootstrapCloud(data, input)
  const password = organisations[1]?.users[0]?.password
  const [mainReady, brokerReady] = await Promise.all([startMain(), startBroker()])
  main = mainReady
  broker = brokerReady
  const response = await call('POST', '/api/v1/session', { email: user.email, password })
  cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
  machine = await enrol()
}, 120_000)
afterAll(async () => {
  await machine?.client.endAsync(true)
  await broker?.stop()
  await main?.stop()
  await rm(data, { recursive: true, force: true })
})

async function call(method: string, path: string, body?: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie: cookie ?? '' }
  const url = `${main.ready.apiUrl}${path}`
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) expect.fail(`${method} ${path}: ${await response.text()}`)
  return response
}
const ask = async <T>(method: string, path: string, body?: object) =>
  (await (await call(method, path, body)).json()) as T

type Machine = {
  deviceId: string
  log: TestLog
  client: MqttClient
  /** Sends the log from `from` on until the receipt for all of it is here; answers its size. */
  deliver(from: number): Promise<number>
}
type Claim = { claimCertificatePem: string; caPem: string; mqttPort: number; receiptVkey: string }

async function enrol(): Promise<Machine> {
  const slip = { label: 'Lobby', kind: 'virtual', site: 'Hall' }
  const { code } = await ask<{ code: string }>('POST', '/api/v1/enrolments', slip)
  const request = await testRequest()
  const claimBody = { code, csrPem: request.csrPem }
  const claim = await ask<Claim>('POST', '/api/v1/enrolments/claim', claimBody)
  const options = (key: string, cert: string, clientId: string): IClientOptions => ({
    ...{ protocol: 'mqtts', host: 'localhost', port: claim.mqttPort, ca: claim.caPem },
    ...{ key, cert, clientId, reconnectPeriod: 200, connectTimeout: 3000 },
  })
  const claimId = `claim-${randomUUID()}`
  const claimer = await connectAsync(options(request.keyPem, claim.claimCertificatePem, claimId))
  const key = await testRequest()
  const created = await exchange(claimer, CREATE_TOPIC, { certificateSigningRequest: key.csrPem })
  const evidence = ed25519.generate()
  const registered = await exchange(claimer, PROVISION_TOPIC, {
    certificateOwnershipToken: created.certificateOwnershipToken,
    parameters: { code, model: 'M', controllerSerial: 'S', ...proofOf(evidence, code) },
  })
  await claimer.endAsync()
  const deviceId = registered.thingName ?? ''
  const { origin } = registered.deviceConfiguration as unknown as { origin: string }
  const fingerprint = Buffer.from(created.certificateId ?? '', 'hex')
  const log = testLog(origin, evidence, new Uint8Array(fingerprint))
  const client = await connectAsync(options(key.keyPem, created.certificatePem ?? '', deviceId))
  client.on('error', () => undefined)
  client.on('connect', () => client.subscribe(topicOf(deviceId, 'receipt'), { qos: 1 }))
  await client.subscribeAsync(topicOf(deviceId, 'receipt'), { qos: 1 })
  let receipted = 0
  client.on('message', (_topic, payload) => {
    const message = receiptMessage.parse(JSON.parse(payload.toString()))
    const verifier = parseVkey(claim.receiptVkey)
    if (message.type !== 'receipt' || verifier === undefined) return
    receipted = Math.max(receipted, openReceipt(message.note, verifier)?.size ?? 0)
  })
  return {
    deviceId,
    log,
    client,
    async deliver(from) {
      const giveUpAt = Date.now() + 40_000
      while (receipted < log.entries.length && Date.now() < giveUpAt) {
        client.publish(topicOf(deviceId, 'batch'), Buffer.from(log.batch(from)), { qos: 0 })
        await new Promise(resolve => setTimeout(resolve, 400))
      }
      return receipted
    },
  }
}

async function exchange(client: MqttClient, topic: string, body: object) {
  await client.subscribeAsync(`${topic}/accepted`, { qos: 1 })
  const answer = new Promise<Record<string, string | undefined>>(resolve => {
    client.once('message', (_topic, payload) => resolve(JSON.parse(payload.toString())))
  })
  await client.publishAsync(topic, JSON.stringify(body), { qos: 1 })
  return answer
}

/** The machine's heads in the log's sequence, which holds other leaves as well. */
async function headsLogged(): Promise<number> {
  const file = await readFile(join(data, 'cloud', 'embedded.json'), 'utf8')
  const client = new pg.Client({ connectionString: JSON.parse(file).databaseUrl })
  await client.connect()
  try {
    const heads = "select from log_leaves where type = 'device-head'"
    return (await client.query(heads)).rows.length
  } finally {
    await client.end()
  }
}

const grow = () => {
  const from = machine.log.entries.length
  machine.log.append({ kind: 'test' })
  return from
}

test('batches are receipted, logged, and shown', async () => {
  expect(await machine.deliver(0)).toBe(1)
  const { items } = await ask<{ items: object[] }>(
    'GET',
    `/api/v1/devices/${machine.deviceId}/events`,
  )
  expect(items).toMatchObject([{ index: 0, kind: 'genesis' }])
  await expect.poll(headsLogged, { timeout: 10_000 }).toBe(1)
})

test('PostgreSQL killed: the process lives, the receipt comes later', async () => {
  const from = grow()
  process.kill(Number(await readFile(join(data, 'postgres', 'pid'), 'utf8')), 'SIGKILL')
  expect(await machine.deliver(from)).toBe(from + 1)
  expect((await call('GET', '/readyz')).status).toBe(200)
}, 60_000)

test('the broker killed: machine and ingest find the next one on its port', async () => {
  const from = grow()
  const { mqttPort } = broker.ready
  await broker.kill()
  broker = await startBroker()
  expect(broker.ready.mqttPort).toBe(mqttPort)
  expect(await machine.deliver(from)).toBe(from + 1)
}, 60_000)

test('the cloud killed: the next one adopts database and chain and goes on', async () => {
  const from = grow()
  const before = main.ready
  await main.kill()
  main = await startMain()
  expect(main.ready).toMatchObject({ apiUrl: before.apiUrl, chainRpc: before.chainRpc })
  expect(await machine.deliver(from)).toBe(from + 1)
  const device = await ask('GET', `/api/v1/devices/${machine.deviceId}`)
  expect(device).toMatchObject({ logSize: 4, liveness: 'live', status: 'active' })
  await expect.poll(headsLogged, { timeout: 20_000 }).toBe(4)
}, 60_000)

test('a clean stop ends database and chain too', async () => {
  expect(await broker.stop()).toBe(0)
  expect(await main.stop()).toBe(0)
  for (const child of ['postgres', 'chain']) {
    const pid = Number(await readFile(join(data, child, 'pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  }
})
