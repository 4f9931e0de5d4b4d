/**
 * Signatures of WeChat Pay API v3: RSA with SHA-256 over lines of text and the body as it is sent.
 * docs/wire/wechat-channel.md. Pure but for the keys.
 *
 *   request                 METHOD LF path with query LF timestamp LF nonce LF body LF
 *   answer, notification    timestamp LF nonce LF body LF
 */
import { createSign, createVerify, type KeyObject } from 'node:crypto'
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import type { MessageHeaders, MessageRefusal } from '../channel.ts'

/** A signature is believed for five minutes to either side of its time. */
export const MAX_SKEW_MS = 300_000
export const SCHEME = 'WECHATPAY2-SHA256-RSA2048'

export const TIMESTAMP_HEADER = 'wechatpay-timestamp'
export const NONCE_HEADER = 'wechatpay-nonce'
export const SIGNATURE_HEADER = 'wechatpay-signature'
export const SERIAL_HEADER = 'wechatpay-serial'
export const SIGNED_HEADERS = [TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER, SERIAL_HEADER]

/** Unix time in ms, of which whole seconds are signed; the nonce has up to 32 characters. */
export type Stamp = { atMs: number; nonce: string }
export type Signer = { merchantId: string; serial: string; privateKey: KeyObject }
export type SignedRequest = { method: string; path: string; body: string }

/** The `Authorization` header of a request. */
export function authorization(signer: Signer, stamp: Stamp, request: SignedRequest): string {
  const timestamp = secondsOf(stamp.atMs)
  const lines = [request.method, request.path, timestamp, stamp.nonce]
  const signature = signLines(signer.privateKey, lines, request.body)
  const fields = {
    mchid: signer.merchantId,
    nonce_str: stamp.nonce,
    signature,
    timestamp,
    serial_no: signer.serial,
  }
  const listed = Object.entries(fields).map(([name, value]) => `${name}="${value}"`)
  return `${SCHEME} ${listed.join(',')}`
}

/**
 * Checks an answer or a notification over its raw body; undefined when it holds.
 * @param publicKeys the platform's, by serial number or public key id
 */
export function refuseMessage(
  publicKeys: ReadonlyMap<string, KeyObject>,
  headers: MessageHeaders,
  body: Uint8Array,
  nowMs: number,
): MessageRefusal | undefined {
  const [timestamp, nonce, signature, serial] = SIGNED_HEADERS.map(name => headers[name] ?? '')
  if (!(timestamp && nonce && signature && serial)) return 'header-missing'
  const bytes = fromBase64(signature)
  const wellFormed = /^\d{1,12}$/.test(timestamp) && /^[\x21-\x7e]{1,64}$/.test(nonce)
  if (!wellFormed || bytes === undefined) return 'header-malformed'
  if (Math.abs(Number(timestamp) * 1000 - nowMs) > MAX_SKEW_MS) return 'skew'
  const key = publicKeys.get(serial)
  if (key === undefined) return 'unknown-key'
  return verifyLines(key, [timestamp, nonce], body, bytes) ? undefined : 'bad-signature'
}

export const secondsOf = (atMs: number): string => String(Math.floor(atMs / 1000))

/** Base64 of the signature over each line and the body, each ended by a line feed. */
export const signLines = (key: KeyObject, lines: readonly string[], body: string): string =>
  createSign('RSA-SHA256').update(textOf(lines)).update(body).update('\n').sign(key, 'base64')

export const verifyLines = (
  key: KeyObject,
  lines: readonly string[],
  body: Uint8Array,
  signature: Uint8Array,
): boolean =>
  createVerify('RSA-SHA256').update(textOf(lines)).update(body).update('\n').verify(key, signature)

const textOf = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('')
