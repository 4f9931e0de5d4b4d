/**
 * What comes down to this device: answers to batches and commands. Bytes that are no message of
 * ours are answered as `discarded`, never thrown.
 */
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import {
  type CommandMessage,
  commandMessage,
  type ReceiptMessage,
  receiptMessage,
} from '@tillproof/shared/wire/downlink.ts'
import { parseTopic } from '@tillproof/shared/wire/topics.ts'

export type Downlink =
  | { kind: 'answer'; message: ReceiptMessage }
  | { kind: 'command'; message: CommandMessage }
  | { kind: 'discarded'; reason: 'foreign-topic' | 'too-large' | 'malformed' }

const MAX_BYTES = 16_384

/** Reads one message; `deviceId` is whose topics are ours. */
export function readDownlink(deviceId: string, topic: string, payload: Uint8Array): Downlink {
  const address = parseTopic(topic)
  if (address?.device !== deviceId) return { kind: 'discarded', reason: 'foreign-topic' }
  if (payload.length > MAX_BYTES) return { kind: 'discarded', reason: 'too-large' }
  const json = parseJson(payload)
  switch (address.kind) {
    case 'receipt':
      return accepted('answer', receiptMessage.safeParse(json))
    case 'command':
      return accepted('command', commandMessage.safeParse(json))
    case 'batch':
      return { kind: 'discarded', reason: 'foreign-topic' }
  }
}

function accepted<Kind extends string, Message>(
  kind: Kind,
  result: { success: true; data: Message } | { success: false },
): { kind: Kind; message: Message } | { kind: 'discarded'; reason: 'malformed' } {
  return result.success
    ? { kind, message: result.data }
    : { kind: 'discarded', reason: 'malformed' }
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(payload) ?? '')
  } catch {
    return undefined
  }
}
