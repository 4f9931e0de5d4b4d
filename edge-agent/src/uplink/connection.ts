/**
 * The one MQTT session of this device: MQTT 3.1.1 over mutual TLS through the AWS IoT device SDK,
 * towards our own broker or AWS IoT Core alike. A connection that breaks is thrown away and a new
 * one is made after a jittered wait; the SDK's own offline queue is never used, because it lives
 * in memory and the journal is the only queue.
 */
import { iot, mqtt } from 'aws-crt'
import type { Clock } from '../clock.ts'
import { reconnectDelayMs } from './backoff.ts'

export type ConnectionState = 'connecting' | 'connected' | 'waiting' | 'stopped'
export type ConnectionStatus = {
  state: ConnectionState
  sinceMs: number
  /** One line, the last reason why there was no connection; kept while connected. */
  lastError: string | null
}
export type Connection = {
  status(): ConnectionStatus
  /** Resolves at the broker's PUBACK, which promises nothing: only a receipt does. */
  publish(topic: string, payload: Uint8Array): Promise<void>
  stop(): Promise<void>
}
export type ConnectionOptions = {
  host: string
  port: number
  clientId: string
  tls: { certificatePem: string; privateKeyPem: string; caPem: string }
  /** Subscribed at QoS 1 before `onUp` is called. */
  topics: string[]
  onUp(): void
  onDown(reason: string): void
  onMessage(topic: string, payload: Uint8Array): void
  clock: Clock
  random(): number
}

const KEEP_ALIVE_S = 30
const PING_TIMEOUT_MS = 5000
const CONNECT_TIMEOUT_MS = 15_000
const OPERATION_TIMEOUT_MS = 15_000
/** The TLS stack may take 30 s to say that it failed; after this we no longer wait for it. */
const ATTEMPT_LIMIT_MS = 45_000
const GOODBYE_LIMIT_MS = 2000
/** A connection that lived this long has earned the shortest wait again. */
const STEADY_AFTER_MS = 30_000

/** Starts connecting and never gives up; offline for ever is fine. */
export function startConnection(options: ConnectionOptions): Connection {
  const { clock } = options
  const client = new mqtt.MqttClient()
  let status: ConnectionStatus = { state: 'connecting', sinceMs: clock.nowMs(), lastError: null }
  let current: mqtt.MqttClientConnection | undefined
  let attempt = 0
  let cancelTimer = () => {}
  const enter = (state: ConnectionState, lastError = status.lastError) => {
    status = { state, sinceMs: clock.nowMs(), lastError }
  }

  const connect = async () => {
    enter('connecting')
    const connection = client.new_connection(connectionConfig(options))
    current = connection
    cancelTimer = clock.after(ATTEMPT_LIMIT_MS, () => drop(connection, 'no answer in time'))
    connection.on('interrupt', error => drop(connection, describe(error)))
    // Every rejected promise is also emitted; without a listener it would end the process.
    connection.on('error', () => undefined)
    connection.on('message', (topic, payload) => options.onMessage(topic, new Uint8Array(payload)))
    try {
      await connection.connect()
      for (const topic of options.topics) await subscribe(connection, topic)
      if (current !== connection) return
      cancelTimer()
      enter('connected')
      options.onUp()
    } catch (error) {
      drop(connection, describe(error))
    }
  }

  const drop = (connection: mqtt.MqttClientConnection, reason: string) => {
    if (current !== connection) return
    current = undefined
    cancelTimer()
    if (status.state === 'connected') {
      if (clock.nowMs() - status.sinceMs >= STEADY_AFTER_MS) attempt = 0
      options.onDown(reason)
    }
    connection.disconnect().catch(() => undefined)
    enter('waiting', reason)
    cancelTimer = clock.after(reconnectDelayMs(attempt++, options.random()), () => void connect())
  }

  void connect()
  return {
    status: () => status,
    async publish(topic, payload) {
      await current?.publish(topic, payload, mqtt.QoS.AtLeastOnce)
    },
    async stop() {
      cancelTimer()
      const goodbye = current?.disconnect().catch(() => undefined)
      const isConnected = status.state === 'connected'
      current = undefined
      enter('stopped')
      // Half-made connections say goodbye only when the TLS stack has timed out.
      if (isConnected) await within(clock, GOODBYE_LIMIT_MS, goodbye)
    },
  }
}

/** Waits for `work`, but no longer than `limitMs`. */
async function within(clock: Clock, limitMs: number, work: Promise<void> | undefined) {
  let cancel = () => {}
  const limit = new Promise<void>(resolve => {
    cancel = clock.after(limitMs, resolve)
  })
  await Promise.race([work, limit])
  cancel()
}

function connectionConfig({ host, port, clientId, tls }: ConnectionOptions) {
  return iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(
    tls.certificatePem,
    tls.privateKeyPem,
  )
    .with_certificate_authority(tls.caPem)
    .with_endpoint(host)
    .with_port(port)
    .with_client_id(clientId)
    .with_clean_session(true)
    .with_keep_alive_seconds(KEEP_ALIVE_S)
    .with_ping_timeout_ms(PING_TIMEOUT_MS)
    .with_timeout_ms(CONNECT_TIMEOUT_MS)
    .with_protocol_operation_timeout_ms(OPERATION_TIMEOUT_MS)
    .build()
}

/** MQTT answers a refused subscription with 0x80 in place of the granted quality. */
async function subscribe(connection: mqtt.MqttClientConnection, topic: string): Promise<void> {
  const granted = await connection.subscribe(topic, mqtt.QoS.AtLeastOnce)
  if (Number(granted.qos) > 2) throw `the broker refused the subscription to ${topic}`
}

/** The SDK rejects with plain strings, empty ones among them. */
function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error ?? '')
  return text.trim().split('\n')[0] || 'the connection was closed'
}
