/** Real TLS clients at the real broker: who is let in, who may say and hear what. */
import { randomUUID } from 'node:crypto'
import { connect as connectTls } from 'node:tls'
import { topicOf } from '@tillproof/shared/wire/topics.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { testSession } from '../../platform/testing-http.ts'
import { CREATE_TOPIC } from '../devices/provisioning.ts'
import { type TestMachine, testMachine } from '../testing.ts'
import { closed, type TestBroker, testBroker } from '../testing-broker.ts'

let broker: TestBroker
beforeAll(async () => {
  broker = await testBroker()
})
afterEach(() => broker.hangUp())
afterAll(() => broker.close())

const machineOf = () => testMachine(broker.enrolment, broker.operator)
const soon = (ms: number) => new Promise<string>(resolve => setTimeout(() => resolve('open'), ms))

describe('identity', () => {
  test('without a certificate of ours there is no connection', async () => {
    const refused = new Promise<string>(resolve => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: broker.port,
        ca: broker.enrolment.authority.caPem,
        servername: 'localhost',
      })
      socket.once('error', error => resolve(error.message))
      socket.once('end', () => resolve('end'))
    })
    expect(await refused).toMatch(/certificate|handshake|end|alert/i)
  })

  test('the client id is bound to the certificate', async () => {
    const [one, other] = [await machineOf(), await machineOf()]
    const live = await broker.asDevice(other)
    await expect(broker.connect(one.tls, other.deviceId)).rejects.toThrow()
    await expect(broker.connect(one.tls, `claim-${randomUUID()}`)).rejects.toThrow()
    expect(live.connected).toBe(true)
  })

  test('a session that would outlive its connection is refused', async () => {
    const machine = await machineOf()
    await expect(broker.connect(machine.tls, machine.deviceId, false)).rejects.toThrow()
  })

  test('connections are shown, and end with a retirement', async () => {
    const machine = await machineOf()
    const client = await broker.asDevice(machine)
    const isConnected = async () => {
      const [row] = await broker.database.db.withSystem(tx =>
        tx.query<{ connected_at: Date | null }>('select connected_at from devices where id = $1', [
          machine.deviceId,
        ]),
      )
      return row?.connected_at !== null
    }
    await expect.poll(isConnected).toBe(true)
    const path = `/api/v1/devices/${machine.deviceId}/retirement`
    const rival = await testSession(broker.database.db, 'operator')
    expect((await broker.app.ask(rival, 'POST', path, { reason: 'mine now' })).status).toBe(404)
    const over = closed(client)
    expect(
      (await broker.app.ask(broker.operator, 'POST', path, { reason: 'scrapped' })).status,
    ).toBe(200)
    expect(await over).toBe('closed')
    await expect.poll(isConnected).toBe(false)
    await expect(broker.asDevice(machine)).rejects.toThrow()
  })
})

describe('topics', () => {
  test('batches go up to the service, receipts come down to their machine alone', async () => {
    const machine = await machineOf()
    const other = await machineOf()
    const cloud = await broker.asService()
    const device = await broker.asDevice(machine)
    const bystander = await broker.asDevice(other)
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
    const machine = await machineOf()
    const other = await machineOf()
    const device = await broker.asDevice(machine)
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
    const machine = await machineOf()
    const other = await machineOf()
    const cloud = await broker.asService()
    const heard: string[] = []
    cloud.on('message', topic => heard.push(topic))
    await cloud.subscribeAsync('tp/v1/d/+/batch', { qos: 1 })
    const device = await broker.asDevice(machine)
    const over = closed(device)
    device.publish(topicFor(machine, other), 'x', { qos: 0 })
    expect(await Promise.race([over, soon(3000)])).toBe('closed')
    expect(heard).toEqual([])
  })

  test('retained and huge messages end the connection', async () => {
    for (const [payload, retain] of [
      ['x', true],
      ['x'.repeat(262_145), false],
      ['x'.repeat(1_000_000), false],
    ] as const) {
      const machine = await machineOf()
      const device = await broker.asDevice(machine)
      const over = closed(device)
      device.publish(topicOf(machine.deviceId, 'batch'), payload, { qos: 0, retain })
      expect(await Promise.race([over, soon(3000)])).toBe('closed')
    }
  })
})
