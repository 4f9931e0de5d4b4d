/** Enrolment through the real broker and API: code to claim to certificate to device. */
import { randomUUID } from 'node:crypto'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import type { MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { proofOf, testMachine, testRequest, testSlip } from '../testing.ts'
import { closed, type TestBroker, testBroker } from '../testing-broker.ts'
import { CREATE_TOPIC, PROVISION_TOPIC } from './provisioning.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await testBroker()
})
afterEach(() => broker.hangUp())
afterAll(() => broker.close())

/** Asks over MQTT as fleet provisioning does; answers topic and body of what comes back. */
async function ask(client: MqttClient, topic: string, body: object) {
  await client.subscribeAsync([`${topic}/accepted`, `${topic}/rejected`], { qos: 1 })
  type Said = { topic: string; body: Record<string, string | undefined> }
  const answered = new Promise<Said>(resolve => {
    client.once('message', (at, payload) => {
      resolve({ topic: at, body: JSON.parse(payload.toString()) })
    })
  })
  await client.publishAsync(topic, JSON.stringify(body), { qos: 1 })
  return answered
}

async function claimOverHttp(code: string) {
  const request = await testRequest()
  const claim = (csrPem = request.csrPem) =>
    broker.app.ask(null, 'POST', '/api/v1/enrolments/claim', { code, csrPem })
  return { request, claim }
}

test('code to claim to certificate to device; each step may be repeated', async () => {
  const slip = await broker.app.ask(broker.operator, 'POST', '/api/v1/enrolments', {
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
  const client = await broker.connect(tls, `claim-${randomUUID()}`)
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
  const device = await broker.connect({ keyPem: key.keyPem, certificatePem }, deviceId)
  expect(device.connected).toBe(true)
  expect(await claim()).toMatchObject({ status: 409, body: { code: 'enrolment.code-used' } })
  const shown = await broker.app.ask(broker.operator, 'GET', `/api/v1/devices/${deviceId}`)
  expect(shown.body).toMatchObject({ label: 'Lobby', kind: 'vending', liveness: 'never' })
})

test('wrong, used and expired codes are three refusals', async () => {
  const { claim } = await claimOverHttp('nope-nope-nope')
  expect(await claim()).toMatchObject({ status: 404, body: { code: 'enrolment.code-unknown' } })

  const slip = await testSlip(broker.enrolment, broker.operator)
  const mine = await claimOverHttp(slip.code)
  expect((await mine.claim()).status).toBe(201)
  const thief = await claimOverHttp(slip.code)
  expect(await thief.claim()).toMatchObject({
    status: 409,
    body: { code: 'enrolment.code-used' },
  })

  const late = await testSlip(broker.enrolment, broker.operator, { validForMinutes: -1 })
  const tooLate = await claimOverHttp(late.code)
  expect(await tooLate.claim()).toMatchObject({
    status: 410,
    body: { code: 'enrolment.code-expired' },
  })
})

test('a request that is none, or for another kind of key, is refused', async () => {
  const slip = await testSlip(broker.enrolment, broker.operator)
  const { claim } = await claimOverHttp(slip.code)
  const code = 'enrolment.bad-certificate-request'
  expect(await claim('rubbish')).toMatchObject({ status: 400, body: { code } })
})

test('the evidence key must be proven, and serve one log only', async () => {
  const machine = await testMachine(broker.enrolment, broker.operator)
  const slip = await testSlip(broker.enrolment, broker.operator)
  const { request, claim } = await claimOverHttp(slip.code)
  const { claimCertificatePem } = (await claim()).body as { claimCertificatePem: string }
  const tls = { keyPem: request.keyPem, certificatePem: claimCertificatePem }
  const client = await broker.connect(tls, `claim-${randomUUID()}`)
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
  const before = await testMachine(broker.enrolment, broker.operator)
  const live = await broker.asDevice(before)
  const over = closed(live)
  const after = await testMachine(broker.enrolment, broker.operator, { replaces: before.deviceId })
  expect({ id: after.deviceId, epoch: after.epoch }).toEqual({ id: before.deviceId, epoch: 2 })
  expect(await over).toBe('closed')
  await expect(broker.asDevice(before)).rejects.toThrow()
  const incidents = await broker.database.db.withSystem(tx =>
    tx.query('select kind from incidents where device_id = $1', [before.deviceId]),
  )
  expect(incidents).toEqual([{ kind: 'controller-swap' }])
})
