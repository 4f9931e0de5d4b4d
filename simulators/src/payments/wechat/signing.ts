/** The platform's side of the signatures: checks a merchant's requests, signs and seals its own. */
import { createCipheriv, randomBytes } from 'node:crypto'
import {
  MAX_SKEW_MS,
  NONCE_HEADER,
  SCHEME,
  SERIAL_HEADER,
  SIGNATURE_HEADER,
  secondsOf,
  signLines,
  TIMESTAMP_HEADER,
  verifyLines,
} from '@tillproof/cloud/money/payments/wechat/signature.ts'
import type { PlatformKeys } from './credentials.ts'

export type Asked = { method: string; url: string; body: Buffer; authorization: string }

/** Whether our merchant signed this very request within the last five minutes. */
export function isSigned(keys: PlatformKeys, asked: Asked, nowMs: number): boolean {
  const [scheme, list = ''] = asked.authorization.split(' ')
  const fields = new Map(
    [...list.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
  const field = (name: string): string => fields.get(name) ?? ''
  const { merchantId, merchantSerial } = keys.settings
  const known = field('mchid') === merchantId && field('serial_no') === merchantSerial
  const skewMs = Math.abs(Number(field('timestamp')) * 1000 - nowMs)
  if (scheme !== SCHEME || !known || !(skewMs <= MAX_SKEW_MS)) return false
  const lines = [asked.method, asked.url, field('timestamp'), field('nonce_str')]
  const signature = Buffer.from(field('signature'), 'base64')
  return verifyLines(keys.merchantPublicKey, lines, asked.body, signature)
}

/** Headers of an answer or a notification; `signed` differs from the body only to spoil it. */
export function signedHeaders(
  keys: PlatformKeys,
  signed: string,
  nowMs: number,
): Record<string, string> {
  const [timestamp, nonce] = [secondsOf(nowMs), randomBytes(16).toString('hex')]
  return {
    [TIMESTAMP_HEADER]: timestamp,
    [NONCE_HEADER]: nonce,
    [SIGNATURE_HEADER]: signLines(keys.platformKey, [timestamp, nonce], signed),
    [SERIAL_HEADER]: keys.platformSerial,
  }
}

/** The `resource` of a notification. */
export function seal(keys: PlatformKeys, kind: string, facts: object) {
  const nonce = randomBytes(6).toString('hex')
  const cipher = createCipheriv('aes-256-gcm', keys.apiV3Key, nonce)
  cipher.setAAD(Buffer.from(kind))
  const parts = [cipher.update(JSON.stringify(facts)), cipher.final(), cipher.getAuthTag()]
  return {
    original_type: kind,
    algorithm: 'AEAD_AES_256_GCM' as const,
    ciphertext: Buffer.concat(parts).toString('base64'),
    associated_data: kind,
    nonce,
  }
}
