/**
 * Who may say and hear what on the broker. Pure: an identity and a topic in, a decision out.
 * Wildcards are for the cloud's own clients; a machine has its own three topics and nothing else,
 * a claim has the provisioning topics and nothing else.
 */
import { ALL_BATCHES, parseTopic, topicOf } from '@tillproof/shared/wire/topics.ts'
import { CREATE_TOPIC, isProvisioningTopic, PROVISION_TOPIC } from '../devices/provisioning.ts'

/** What a certificate's fingerprint stands for. */
export type Identity =
  | { kind: 'device'; deviceId: string; operatorId: string }
  | { kind: 'claim'; enrolmentId: string; operatorId: string }
  | { kind: 'service' }

/**
 * Client ids are bound to identities, because a broker ends the older of two sessions of one id:
 * a free choice would let machines cut each other off.
 */
export function mayUseClientId(identity: Identity, clientId: string): boolean {
  switch (identity.kind) {
    case 'device':
      return clientId === identity.deviceId
    case 'claim':
      return /^claim-[0-9a-z-]{8,100}$/.test(clientId)
    case 'service':
      return /^service-[0-9a-z-]{1,100}$/.test(clientId)
  }
}

export function mayPublish(identity: Identity, topic: string): boolean {
  switch (identity.kind) {
    case 'device':
      return topic === topicOf(identity.deviceId, 'batch')
    case 'claim':
      return isProvisioningTopic(topic)
    case 'service': {
      const kind = parseTopic(topic)?.kind
      return kind === 'receipt' || kind === 'command'
    }
  }
}

const CLAIM_ANSWERS = new Set(
  [CREATE_TOPIC, PROVISION_TOPIC].flatMap(topic => [`${topic}/accepted`, `${topic}/rejected`]),
)

export function maySubscribe(identity: Identity, filter: string): boolean {
  switch (identity.kind) {
    case 'device': {
      const { deviceId } = identity
      return filter === topicOf(deviceId, 'receipt') || filter === topicOf(deviceId, 'command')
    }
    case 'claim':
      return CLAIM_ANSWERS.has(filter)
    case 'service':
      return filter === ALL_BATCHES
  }
}
