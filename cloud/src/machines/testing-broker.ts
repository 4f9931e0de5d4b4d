/** The embedded broker with a database behind it, and real TLS clients, for tests of machines. */
import { randomUUID } from 'node:crypto'
import { connectAsync, type MqttClient } from 'mqtt'
import type { Session } from '../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../platform/testing-http.ts'
import { startBroker } from './broker/broker.ts'
import { TEMPLATE } from './devices/provisioning.ts'
import { deviceRoutes } from './devices/routes.ts'
import { type TestEnrolment, type TestMachine, testEnrolment } from './testing.ts'

export type TestBroker = {
  database: TestDatabase
  enrolment: TestEnrolment
  operator: Session
  app: TestApp
  port: number
  connect(tls: ClientTls, clientId: string, clean?: boolean): Promise<MqttClient>
  asDevice(machine: TestMachine): Promise<MqttClient>
  asService(): Promise<MqttClient>
  /** Ends all clients of the test. */
  hangUp(): Promise<void>
  close(): Promise<void>
}
type ClientTls = { keyPem: string; certificatePem: string }

const log = () => undefined

export async function testBroker(): Promise<TestBroker> {
  const database = await testDatabase()
  const enrolment = await testEnrolment(database.db)
  const { caPem } = enrolment.authority
  const server = await enrolment.authority.issueServer(['localhost', '127.0.0.1'])
  const service = await enrolment.authority.issueService('test')
  const broker = await startBroker({
    db: database.db,
    log,
    host: '127.0.0.1',
    port: 0,
    tls: { keyPem: server.keyPem, certificatePem: server.pem, caPem },
    isService: fingerprint => Buffer.compare(fingerprint, service.fingerprint) === 0,
    enrolment,
  })
  const claimFacts = {
    caPem,
    mqttHost: 'localhost',
    mqttPort: broker.port,
    templateName: TEMPLATE,
    cloudName: enrolment.cloudName,
    receiptVkey: 'r',
    voucherVkey: 'v',
  }
  const routes = deviceRoutes({ enrolment, publicUrl: 'http://localhost', claimFacts })
  const app = await testApp(database.db, routes)
  const clients: MqttClient[] = []

  async function connect(tls: ClientTls, clientId: string, clean = true): Promise<MqttClient> {
    const client = await connectAsync({
      protocol: 'mqtts',
      host: '127.0.0.1',
      port: broker.port,
      key: tls.keyPem,
      cert: tls.certificatePem,
      ca: caPem,
      clientId,
      clean,
      reconnectPeriod: 0,
      connectTimeout: 5000,
    })
    client.on('error', () => undefined)
    clients.push(client)
    return client
  }
  async function hangUp(): Promise<void> {
    await Promise.all(clients.splice(0).map(client => client.endAsync(true)))
  }

  return {
    database,
    enrolment,
    operator: await testSession(database.db, 'operator'),
    app,
    port: broker.port,
    connect,
    asDevice: machine => connect(machine.tls, machine.deviceId),
    asService: () =>
      connect({ keyPem: service.keyPem, certificatePem: service.pem }, `service-${randomUUID()}`),
    hangUp,
    async close() {
      await hangUp()
      await broker.close()
      await app.close()
      await enrolment.close()
      await database.drop()
    },
  }
}

export function closed(client: MqttClient): Promise<string> {
  return new Promise(resolve => client.once('close', () => resolve('closed')))
}
