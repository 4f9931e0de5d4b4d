/** MQTT topics of a device, all under `tp/v1/d/<device>/`; QoS 1. See docs/wire/batch.md. */

import type { DeviceId } from '../ids.ts'
import { parseDeviceId } from '../ids.ts'

export const TOPIC_KINDS = ['batch', 'receipt', 'command'] as const
export type TopicKind = (typeof TOPIC_KINDS)[number]

/** What the cloud's ingest subscribes to. */
export const ALL_BATCHES = 'tp/v1/d/+/batch'

const TOPIC = /^tp\/v1\/d\/([^/]+)\/([a-z]+)$/

export function topicOf(device: DeviceId | string, kind: TopicKind): string {
  return `tp/v1/d/${device}/${kind}`
}

export function parseTopic(topic: string): { device: DeviceId; kind: TopicKind } | undefined {
  const match = TOPIC.exec(topic)
  const device = parseDeviceId(match?.[1] ?? '')
  const kind = TOPIC_KINDS.find(known => known === match?.[2])
  return device && kind ? { device, kind } : undefined
}
