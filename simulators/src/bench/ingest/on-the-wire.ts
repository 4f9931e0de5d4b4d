/**
 * Bytes an event on its way: in the batch as it is sent, and as JSON that is signed event by event,
 * a compact JWS each (RFC 7515 §3.1, EdDSA by RFC 8037), plain and compressed like a batch.
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { compress } from '@tillproof/shared/wire/zstd.ts'
import type { Machine, SentBatch } from './fleet.ts'

export type WireBytes = { batch: number; jws: number; packed: number }

export function bytesOnTheWire(batches: readonly SentBatch[]): WireBytes {
  const messages = batches.map(batch => utf8(JSON.stringify(jwsOf(batch))))
  const events = batches.reduce((sum, batch) => sum + batch.events.length, 0)
  const each = (lengths: readonly number[]) => lengths.reduce((sum, one) => sum + one, 0) / events
  return {
    batch: each(batches.map(({ payload }) => payload.length)),
    jws: each(messages.map(({ length }) => length)),
    packed: each(messages.map(message => compress(message).length)),
  }
}

/** One for each event. */
export function jwsOf({ machine, events }: SentBatch): string[] {
  return events.map(({ event }) => compactJws(event, machine))
}

function compactJws(event: OpenEvent, { origin, privateKey }: Machine): string {
  const header = base64url(utf8(JSON.stringify({ alg: 'EdDSA', kid: origin })))
  const signed = `${header}.${base64url(utf8(JSON.stringify(event, plain)))}`
  return `${signed}.${base64url(ed25519.sign(privateKey, utf8(signed)))}`
}

/** Money as decimal text, as everywhere that it is JSON; bytes as hexadecimal text. */
function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? toHex(value) : value
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
