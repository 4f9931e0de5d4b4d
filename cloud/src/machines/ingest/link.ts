/**
 * The cloud's own MQTT connection, by mutual TLS with a service certificate. It speaks to any
 * broker: the embedded one, Mosquitto, AWS IoT Core. It reconnects by itself and queues nothing:
 * what is published while it is down is dropped, and machines ask again.
 */
import { randomUUID } from 'node:crypto'
import { connect, type MqttClient } from 'mqtt'
import type { Log } from '../../platform/db/pool.ts'

export type LinkOptions = {
  host: string
  port: number
  tls: { keyPem: string; certificatePem: string; caPem: string }
  /** Shows in the broker's log: `ingest`, `commands`. */
  name: string
  /** Subscribed at each connection, QoS 1. */
  topics: readonly string[]
  onMessage(topic: string, payload: Uint8Array): void
  log: Log
}
export type Link = {
  /** Resolves at the broker's acknowledgement, which promises nothing about the machine. */
  publish(topic: string, payload: string): Promise<void>
  connected(): boolean
  close(): Promise<void>
}

const RECONNECT_MS = 500
const CONNECT_TIMEOUT_MS = 10_000
const KEEP_ALIVE_S = 20

export function openLink(options: LinkOptions): Link {
  const { log, name, tls } = options
  const ended = new AbortController()
  const client = connect({
    protocol: 'mqtts',
    host: options.host,
    port: options.port,
    key: tls.keyPem,
    cert: tls.certificatePem,
    ca: tls.caPem,
    clientId: `service-${name}-${randomUUID()}`,
    clean: true,
    keepalive: KEEP_ALIVE_S,
    reconnectPeriod: RECONNECT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    queueQoSZero: false,
    resubscribe: false,
  })
  // While the broker is away every attempt fails alike; only news is logged.
  let said = ''
  const say = (level: 'info' | 'warn', message: string, reason?: string) => {
    const news = `${message} ${reason}`
    if (news !== said) log(level, message, { link: name, reason })
    said = news
  }
  client.on('connect', () => {
    say('info', 'MQTT connection up')
    subscribe(client, options, ended.signal)
  })
  client.on('close', () => {
    if (said.startsWith('MQTT connection up')) say('info', 'MQTT connection down')
  })
  client.on('error', error => say('warn', 'MQTT broker not reached', error.message))
  client.on('message', (topic, payload) => options.onMessage(topic, payload))
  return {
    async publish(topic, payload) {
      if (client.connected) await client.publishAsync(topic, payload, { qos: 1 })
    },
    connected: () => client.connected,
    async close() {
      ended.abort()
      await client.endAsync(true)
    },
  }
}

function subscribe(
  client: MqttClient,
  { topics, log, name }: LinkOptions,
  ended: AbortSignal,
): void {
  if (topics.length === 0) return
  client.subscribeAsync([...topics], { qos: 1 }).catch((error: Error) => {
    // Fails also when we end; reconnecting would then keep the process alive for good.
    if (ended.aborted) return
    log('error', 'MQTT subscription refused', { link: name, reason: error.message })
    client.reconnect()
  })
}
