/**
 * For tests: a real MQTT broker with mutual TLS on 127.0.0.1, and behind it the strictest cloud
 * that the wire format allows: it takes a batch only when index, root and signature are right.
 */

import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:tls'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { commit } from '@tillproof/shared/event/commitment.ts'
import { leafHash } from '@tillproof/shared/merkle/hash.ts'
import { appendLeaves, emptyPeaks, type Peaks, rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer, ed25519Verifier } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { decodeBatch } from '@tillproof/shared/wire/batch.ts'
import type { ReceiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { formatReceipt } from '@tillproof/shared/wire/receipt.ts'
import { parseTopic, topicOf } from '@tillproof/shared/wire/topics.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import { Aedes } from 'aedes'
import {
  TEST_CLOUD_NAME,
  type TestAuthority,
  testCertificate,
  testCloudKeys,
} from '../enrol/testing.ts'

export type TestBroker = {
  port: number
  /** Sends as the cloud does, QoS 1. */
  send(topic: string, payload: string | Uint8Array): void
  onPublish(listener: (topic: string, payload: Uint8Array) => void): void
  connections(): number
  /** Cuts every connection at once, as a dying broker does. */
  cut(): void
  stop(): Promise<void>
}

/** Listens on `port`, 0 for any free one. Only clients that the authority certified enter. */
export async function startTestBroker(authority: TestAuthority, port = 0): Promise<TestBroker> {
  const aedes = await Aedes.createBroker()
  const sockets = new Set<Socket>()
  const tls = await testCertificate(authority, 'broker', ['localhost', '127.0.0.1'])
  const server = createServer(
    {
      key: tls.privateKeyPem,
      cert: tls.certificatePem,
      ca: authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: true,
    },
    socket => {
      socket.on('error', () => undefined)
      aedes.handle(socket)
    },
  )
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    send(topic, payload) {
      const body = Buffer.from(payload)
      const packet = {
        cmd: 'publish',
        topic,
        payload: body,
        qos: 1,
        retain: false,
        dup: false,
      } as const
      aedes.publish(packet, () => undefined)
    },
    onPublish(listener) {
      aedes.on('publish', (packet, client) => {
        if (client) listener(packet.topic, new Uint8Array(packet.payload as Buffer))
      })
    },
    connections: () => sockets.size,
    cut: () => sockets.forEach(socket => void socket.destroy()),
    async stop() {
      sockets.forEach(socket => void socket.destroy())
      await new Promise(resolve => server.close(resolve))
      await new Promise<void>(resolve => aedes.close(resolve))
    },
  }
}

/** What a test may do to an answer before it goes out: drop it, double it, replace it. */
export type Tamper = (answer: ReceiptMessage, deviceId: string) => (ReceiptMessage | string)[]

export type TestCloud = {
  keys: ReturnType<typeof testCloudKeys>
  /** Evidence keys of the devices it knows. */
  know(deviceId: string, evidenceKey: Uint8Array): void
  size(deviceId: string): number
  /** Sizes of accepted batches in order, and payload bytes of every batch seen. */
  accepted: number[]
  payloadBytes: number[]
  tamper: Tamper
  attach(broker: TestBroker): void
}

export function testCloud(keys = testCloudKeys()): TestCloud {
  const devices = new Map<
    string,
    { evidenceKey: Uint8Array; peaks: Peaks; leaves: Uint8Array[]; last?: ReceiptMessage }
  >()
  const signer = ed25519Signer(`${TEST_CLOUD_NAME}/receipts`, keys.receipts.privateKey)
  const take = (deviceId: string, payload: Uint8Array): ReceiptMessage => {
    const device = devices.get(deviceId)
    const decoded = decodeBatch(payload, decompress)
    if (!device) return refused('unknown-device')
    if (!decoded.ok) return refused(decoded.refused)
    const { firstIndex, entries, head } = decoded.batch
    const end = firstIndex + entries.length
    const leaves = entries.map(parts => leafHash(commit(parts)))
    if (end <= device.peaks.size && device.last) {
      const isSame = leaves.every((leaf, at) =>
        equal(leaf, device.leaves[firstIndex + at] ?? new Uint8Array()),
      )
      return isSame ? device.last : refused('fork')
    }
    if (firstIndex !== device.peaks.size) {
      return { v: 1, type: 'resend', fromIndex: device.peaks.size }
    }
    const origin = `${TEST_CLOUD_NAME}/d/${deviceId}/1`
    const opened = openCheckpoint(head, origin, [ed25519Verifier(origin, device.evidenceKey)])
    const peaks = appendLeaves(device.peaks, leaves)
    const root = rootOf(peaks)
    if (!opened.ok) return refused('bad-signature')
    if (opened.checkpoint.size !== peaks.size) return refused('wrong-size')
    if (!equal(opened.checkpoint.root, root)) return refused('wrong-root')
    const text = formatReceipt({ origin, size: peaks.size, root, atMs: 1_800_000_000_000 })
    device.peaks = peaks
    device.leaves.push(...leaves)
    device.last = { v: 1, type: 'receipt', note: signNote(text, [signer]) }
    cloud.accepted.push(peaks.size)
    return device.last
  }
  const cloud: TestCloud = {
    keys,
    know: (deviceId, evidenceKey) =>
      devices.set(deviceId, { evidenceKey, peaks: emptyPeaks, leaves: [] }),
    size: deviceId => devices.get(deviceId)?.peaks.size ?? 0,
    accepted: [],
    payloadBytes: [],
    tamper: answer => [answer],
    attach(broker) {
      broker.onPublish((topic, payload) => {
        const address = parseTopic(topic)
        if (address?.kind !== 'batch') return
        cloud.payloadBytes.push(payload.length)
        const answer = take(address.device, payload)
        for (const message of cloud.tamper(answer, address.device)) {
          const text = typeof message === 'string' ? message : JSON.stringify(message)
          broker.send(topicOf(address.device, 'receipt'), text)
        }
      })
    },
  }
  return cloud
}

function refused(code: Extract<ReceiptMessage, { type: 'refused' }>['code']): ReceiptMessage {
  return { v: 1, type: 'refused', code, detail: 'as the test cloud sees it' }
}
