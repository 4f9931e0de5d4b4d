/** Real TLS clients at the real broker: enrolment step by step, who may say and hear what. */
import { randomUUID } from 'node:crypto'
import { connect as connectTls } from 'node:tls'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { topicOf } from '@tillproof/shared/wire/topics.ts'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../../platform/testing-http.ts'
import { CREATE_TOPIC, PROVISION_TOPIC } from '../devices/provisioning.ts'
import { deviceRoutes } from '../devices/routes.ts'
import {
  proofOf,
  type TestEnrolment,
  type TestMachine,
  testEnrolment,
  testMachine,
  testRequest,
  testSlip,
} from '../testing.ts'
import { type Broker, startBroker } from './broker.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let app: TestApp
let broker: Broker
let service: { keyPem: string; pem: string }
const clients: MqttClient[] = []

beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  operator = await testSession(database.db, 'operator')
  const server = await enrolment.authority.issueServer(['localhost', '127.0.0.1'])
  const ours = await enrolment.authority.issueService('test')
  service = ours
  const { caPem } = enrolment.authority
  broker = await startBroker({
    db: database.db,
    log: () => undefined,
    host: '127.0.0.1',
    port: 0,
    tls: { keyPem: server.keyPem, certificatePem: server.pem, caPem },
    isService: fingerprint => Buffer.compare(fingerprint, ours.fingerprint) === 0,
    enrolment,
  })
  const claimFacts = {
    caPem,
    mqttHost: 'localhost',
    mqttPort: broker.port,
    templateName: 'tillproof-machine',
    cloudName: enrolment.cloudName,
    receiptVkey: 'r',
    voucherVkey: 'v',
  }
  const routes = deviceRoutes({ enrolment, publicUrl: 'http://localhost', claimFacts })
  app = await testApp(database.db, routes)
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.endAsync(true)))
})
afterAll(async () => {
  await broker.close()
  await app.close()
  await enrolment.close()
  await database.drop()
})

async function connect(
  tls: { keyPem: string; certificatePem: string },
  clientId: string,
  clean = true,
): Promise<MqttClient> {
  const client = await connectAsync({
    protocol: 'mqtts',
    host: '127.0.0.1',
    port: broker.port,
    key: tls.keyPem,
    cert: tls.certificatePem,
    ca: enrolment.authority.caPem,
    clientId,
    clean,
    reconnectPeriod: 0,
    connectTimeout: 5000,
  })
  client.on('error', () => undefined)
  clients.push(client)
  return client
}
const asDevice = (machine: TestMachine) => connect(machine.tls, machine.deviceId)
const asService = () =>
  connect({ keyPem: service.keyPem, certificatePem: service.pem }, `service-${randomUUID()}`)
const closed = (client: MqttClient) =>
  new Promise<string>(resolve => client.once('close', () => resolve('closed')))
const soon = (ms = 300) => new Promise<string>(resolve => setTimeout(() => resolve('open'), ms))

/** Asks over MQTT as fleet provisioning does; answers topic and body of what comes back. */
async function ask(client: MqttClient, topic: string, body: object) {
  await client.subscribeAsync([`${topic}/accepted`, `${topic}/rejected`], { qos: 1 })
  const answered = new Promise<{ topic: string; body: Record<string, string | undefined> }>(
    resolve => {
      client.once('message', (at, payload) => {
        resolve({ topic: at, body: JSON.parse(payload.toString()) })
      })
    },
  )
  await client.publishAsync(topic, JSON.stringify(body), { qos: 1 })
  return answered
}

async function claimOverHttp(code: string) {
  const request = await testRequest()
  const claim = (csrPem = request.csrPem) =>
    app.ask(null, 'POST', '/api/v1/enrolments/claim', { code, csrPem })
  return { request, claim }
}

describe('enrolment', () => {
  test('code to claim to certificate to device; each step may be repeated', async () => {
    const slip = await app.ask(operator, 'POST', '/api/v1/enrolments', {
      label: 'Lobby',
      kind: 'vending',
      site: 'Hall 1',
    })
    expect(slip.status).toBe(201)
    const { code } = slip.body as { code: string }
    expect(code).toMatch(/^[a-z]{4}-[a-z]{4}-[a-z]{4}$/)
    const { request, claim } = await claimOverHttp(code.toUpperCase().replaceAll('-', ' '))
    expect((await claim()).status).toBe(201)
    const claimed = await claim()
    expect(claimed.status).toBe(201)
    const { claimCertificatePem } = claimed.body as { claimCertificatePem: string }
    const tls = { keyPem: request.keyPem, certificatePem: claimCertificatePem }
    const client = await connect(tls, `claim-${randomUUID()}`)
    const key = await testRequest()
    const csr = { certificateSigningRequest: key.csrPem }
    const created = await ask(client, CREATE_TOPIC, csr)
    expect(created.topic).toBe(`${CREATE_TOPIC}/accepted`)
    expect(created.body.certificateId).toMatch(/^[0-9a-f]{64}$/)

    const evidence = ed25519.generate()
    const registration = {
      certificateOwnershipToken: created.body.certificateOwnershipToken,
      parameters: { code, model: 'M1', controllerSerial: 'S1', ...proofOf(evidence, code) },
    }
    const first = await ask(client, PROVISION_TOPIC, registration)
    const again = await ask(client, PROVISION_TOPIC, registration)
    expect(first.topic).toBe(`${PROVISION_TOPIC}/accepted`)
    expect(again).toEqual(first)
    const deviceId = first.body.thingName ?? ''
    expect(first.body).toEqual({
      thingName: expect.stringMatching(/^d[0-9a-z]{12}$/),
      deviceConfiguration: {
        epoch: '1',
        cloudName: 'test.tillproof.local',
        origin: `test.tillproof.local/d/${deviceId}/1`,
      },
    })
    const certificatePem = created.body.certificatePem ?? ''
    const device = await connect({ keyPem: key.keyPem, certificatePem }, deviceId)
    expect(device.connected).toBe(true)
    expect(await claim()).toMatchObject({ status: 409, body: { code: 'enrolment.code-used' } })
    const shown = await app.ask(operator, 'GET', `/api/v1/devices/${deviceId}`)
    expect(shown.body).toMatchObject({ label: 'Lobby', kind: 'vending', liveness: 'never' })
  })

  test('wrong, used and expired codes are three refusals', async () => {
    const { claim } = await claimOverHttp('nope-nope-nope')
    expect(await claim()).toMatchObject({ status: 404, body: { code: 'enrolment.code-unknown' } })

    const slip = await testSlip(enrolment, operator)
    const mine = await claimOverHttp(slip.code)
    expect((await mine.claim()).status).toBe(201)
    const thief = await claimOverHttp(slip.code)
    expect(await thief.claim()).toMatchObject({
      status: 409,
      body: { code: 'enrolment.code-used' },
    })

    const late = await testSlip(enrolment, operator, { validForMinutes: -1 })
    const tooLate = await claimOverHttp(late.code)
    expect(await tooLate.claim()).toMatchObject({
      status: 410,
      body: { code: 'enrolment.code-expired' },
    })
  })

  test('a request that is none, or for another kind of key, is refused', async () => {
    const slip = await testSlip(enrolment, operator)
    const { claim } = await claimOverHttp(slip.code)
    const code = 'enrolment.bad-certificate-request'
    expect(await claim('rubbish')).toMatchObject({ status: 400, body: { code } })
  })

  test('the evidence key must be proven, and serve one log only', async () => {
    const machine = await testMachine(enrolment, operator)
    const slip = await testSlip(enrolment, operator)
    const { request, claim } = await claimOverHttp(slip.code)
    const { claimCertificatePem } = (await claim()).body as { claimCertificatePem: string }
    const tls = { keyPem: request.keyPem, certificatePem: claimCertificatePem }
    const client = await connect(tls, `claim-${randomUUID()}`)
    const { csrPem } = await testRequest()
    const { body } = await ask(client, CREATE_TOPIC, { certificateSigningRequest: csrPem })
    const provision = (proof: ReturnType<typeof proofOf>) =>
      ask(client, PROVISION_TOPIC, {
        certificateOwnershipToken: body.certificateOwnershipToken,
        parameters: { code: slip.code, model: 'M', controllerSerial: 'S', ...proof },
      })
    const otherCode = await provision(proofOf(ed25519.generate(), 'another code'))
    expect(otherCode.body).toMatchObject({
      statusCode: 400,
      errorCode: 'enrolment.bad-evidence-key',
    })
    const taken = await provision(proofOf(machine.evidence, slip.code))
    expect(taken.body).toMatchObject({ errorCode: 'enrolment.evidence-key-in-use' })
    const malformed = await ask(client, PROVISION_TOPIC, { parameters: {} })
    expect(malformed.body).toMatchObject({ errorCode: 'InvalidPayload' })
  })

  test('a replaced controller is cut off, and the device goes on in its next epoch', async () => {
    const before = await testMachine(enrolment, operator)
    const live = await asDevice(before)
    const over = closed(live)
    const after = await testMachine(enrolment, operator, { replaces: before.deviceId })
    expect({ id: after.deviceId, epoch: after.epoch }).toEqual({ id: before.deviceId, epoch: 2 })
    expect(await over).toBe('closed')
    await expect(asDevice(before)).rejects.toThrow()
    const incidents = await database.db.withSystem(tx =>
      tx.query('select kind from incidents where device_id = $1', [before.deviceId]),
    )
    expect(incidents).toEqual([{ kind: 'controller-swap' }])
  })
})

describe('identity', () => {
  test('without a certificate of ours there is no connection', async () => {
    const refused = new Promise<string>(resolve => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: broker.port,
        ca: enrolment.authority.caPem,
        servername: 'localhost',
      })
      socket.once('error', error => resolve(error.message))
      socket.once('end', () => resolve('end'))
    })
    expect(await refused).toMatch(/certificate|handshake|end|alert/i)
  })

  test('the client id is bound to the certificate', async () => {
    const [one, other] = [
      await testMachine(enrolment, operator),
      await testMachine(enrolment, operator),
    ]
    const live = await asDevice(other)
    await expect(connect(one.tls, other.deviceId)).rejects.toThrow()
    await expect(connect(one.tls, `claim-${randomUUID()}`)).rejects.toThrow()
    expect(live.connected).toBe(true)
  })

  test('a session that would outlive its connection is refused', async () => {
    const machine = await testMachine(enrolment, operator)
    await expect(connect(machine.tls, machine.deviceId, false)).rejects.toThrow()
  })

  test('connections are shown, and end with a retirement', async () => {
    const machine = await testMachine(enrolment, operator)
    const client = await asDevice(machine)
    const isConnected = async () => {
      const [row] = await database.db.withSystem(tx =>
        tx.query<{ connected_at: Date | null }>('select connected_at from devices where id = $1', [
          machine.deviceId,
        ]),
      )
      return row?.connected_at !== null
    }
    await expect.poll(isConnected).toBe(true)
    const path = `/api/v1/devices/${machine.deviceId}/retirement`
    const rival = await testSession(database.db, 'operator')
    expect((await app.ask(rival, 'POST', path, { reason: 'mine now' })).status).toBe(404)
    const over = closed(client)
    expect((await app.ask(operator, 'POST', path, { reason: 'scrapped' })).status).toBe(200)
    expect(await over).toBe('closed')
    await expect.poll(isConnected).toBe(false)
    await expect(asDevice(machine)).rejects.toThrow()
  })
})

describe('topics', () => {
  test('batches go up to the service, receipts come down to their machine alone', async () => {
    const machine = await testMachine(enrolment, operator)
    const other = await testMachine(enrolment, operator)
    const cloud = await asService()
    const device = await asDevice(machine)
    const bystander = await asDevice(other)
    const heard: string[] = []
    bystander.on('message', topic => heard.push(topic))
    const up = new Promise<string>(resolve => cloud.on('message', topic => resolve(topic)))
    const down = new Promise<string>(resolve => device.on('message', topic => resolve(topic)))
    await cloud.subscribeAsync('tp/v1/d/+/batch', { qos: 1 })
    await device.subscribeAsync(topicOf(machine.deviceId, 'receipt'), { qos: 1 })
    await bystander.subscribeAsync(topicOf(other.deviceId, 'receipt'), { qos: 1 })
    await device.publishAsync(topicOf(machine.deviceId, 'batch'), 'x', { qos: 1 })
    expect(await up).toBe(topicOf(machine.deviceId, 'batch'))
    await cloud.publishAsync(topicOf(machine.deviceId, 'receipt'), '{}', { qos: 1 })
    expect(await down).toBe(topicOf(machine.deviceId, 'receipt'))
    expect(heard).toEqual([])
  })

  test("no machine hears wildcards, another's topics, or enrolments", async () => {
    const machine = await testMachine(enrolment, operator)
    const other = await testMachine(enrolment, operator)
    const device = await asDevice(machine)
    const foreign = [
      '#',
      'tp/v1/d/+/receipt',
      'tp/v1/d/+/batch',
      topicOf(other.deviceId, 'receipt'),
      topicOf(machine.deviceId, 'batch'),
      `${CREATE_TOPIC}/accepted`,
      '$SYS/#',
    ]
    for (const filter of foreign) {
      await expect(device.subscribeAsync(filter, { qos: 1 }), filter).rejects.toThrow()
    }
  })

  const forbidden: [string, (own: TestMachine, other: TestMachine) => string][] = [
    ["another machine's batch", (_own, other) => topicOf(other.deviceId, 'batch')],
    ['its own receipt', own => topicOf(own.deviceId, 'receipt')],
    ['a provisioning topic', () => CREATE_TOPIC],
  ]
  test.each(forbidden)('saying %s ends the connection', async (_what, topicFor) => {
    const machine = await testMachine(enrolment, operator)
    const other = await testMachine(enrolment, operator)
    const cloud = await asService()
    const heard: string[] = []
    cloud.on('message', topic => heard.push(topic))
    await cloud.subscribeAsync('tp/v1/d/+/batch', { qos: 1 })
    const device = await asDevice(machine)
    const over = closed(device)
    device.publish(topicFor(machine, other), 'x', { qos: 0 })
    expect(await Promise.race([over, soon(3000)])).toBe('closed')
    expect(heard).toEqual([])
  })

  test('retained and huge messages end the connection', async () => {
    for (const [payload, retain] of [
      ['x', true],
      ['x'.repeat(262_145), false],
    ] as const) {
      const machine = await testMachine(enrolment, operator)
      const device = await asDevice(machine)
      const over = closed(device)
      device.publish(topicOf(machine.deviceId, 'batch'), payload, { qos: 0, retain })
      expect(await Promise.race([over, soon(3000)])).toBe('closed')
    }
  })
})
