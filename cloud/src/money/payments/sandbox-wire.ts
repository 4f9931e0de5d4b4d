/**
 * What the sandbox payment company and its merchant say to each other:
 * docs/wire/sandbox-channel.md. As with real payment companies, every request and notification
 * carries time, nonce and a signature (here Ed25519) over the bytes as they were sent.
 */

import { fromBase64, toBase64 } from '@tillproof/shared/bytes/base64.ts'
import { concat, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { z } from 'zod'

/** A signature is believed for five minutes to either side of its time. */
export const MAX_SKEW_MS = 300_000

export const TIMESTAMP_HEADER = 'sandbox-timestamp'
export const NONCE_HEADER = 'sandbox-nonce'
export const SIGNATURE_HEADER = 'sandbox-signature'
export const MERCHANT_HEADER = 'sandbox-merchant'

const minor = z.string().regex(/^[1-9]\d{0,17}$/)
const currency = z.string().regex(/^[A-Z]{3}$/)
/** Unix ms, up to the last one that a date can be made of. */
const instantMs = z.number().int().positive().max(8_640_000_000_000_000)

/** Merchant → company, POST /v1/orders. */
export const orderRequest = z.strictObject({
  merchantOrderId: z.uuid(),
  amountMinor: minor,
  currency,
  description: z.string().min(1).max(120),
  notifyUrl: z.url(),
  expiresAtMs: instantMs,
})
export const orderAnswer = z.object({ merchantOrderId: z.uuid(), payUrl: z.url() })
/** Company → merchant, GET /v1/orders/:merchantOrderId, signed like a notification. */
export const orderStatus = z.object({
  merchantOrderId: z.uuid(),
  state: z.enum(['unpaid', 'paid', 'expired']),
  amountMinor: minor,
  currency,
  transactionId: z.string().nullable(),
  paidAtMs: instantMs.nullable(),
})
/** Merchant → company, POST /v1/refunds. */
export const refundRequest = z.strictObject({
  merchantRefundId: z.uuid(),
  merchantOrderId: z.uuid(),
  amountMinor: minor,
  reason: z.string().min(1).max(80),
})
/** The answer to it and to GET /v1/refunds/:merchantRefundId, signed. */
export const refundStatus = z.object({
  merchantRefundId: z.string().min(1).max(64),
  refundId: z.string().min(1).max(64),
  merchantOrderId: z.uuid(),
  transactionId: z.string().min(1).max(64),
  amountMinor: minor,
  currency,
  state: z.enum(['pending', 'succeeded', 'closed', 'abnormal']),
  atMs: instantMs,
})
/** Why a refund was not taken, signed. */
export const refusal = z.object({ code: z.string().min(1).max(40) })

/** Company → merchant, POST to the order's notify URL. */
export const notification = z.object({
  notificationId: z.uuid(),
  type: z.literal('payment.succeeded'),
  merchantOrderId: z.uuid(),
  transactionId: z.string().min(1).max(64),
  amountMinor: minor,
  currency,
  paidAtMs: instantMs,
})
export const refundNotification = refundStatus.extend({
  notificationId: z.uuid(),
  type: z.literal('refund.decided'),
})
/** Of a whole payment; the fee is the merchant's when the dispute is lost. */
export const disputeNotification = z.object({
  notificationId: z.uuid(),
  type: z.enum(['dispute.opened', 'dispute.won', 'dispute.lost']),
  disputeId: z.string().min(1).max(64),
  merchantOrderId: z.uuid(),
  transactionId: z.string().min(1).max(64),
  amountMinor: minor,
  currency,
  feeMinor: z.string().regex(/^\d{1,18}$/),
  atMs: instantMs,
})
export const anyNotification = z.discriminatedUnion('type', [
  notification,
  refundNotification,
  disputeNotification,
])
/** What the company hands a merchant at sign-up: a file of mode 0600. */
export const merchantCredentials = z.strictObject({
  baseUrl: z.url(),
  merchantId: z.string().min(1).max(40),
  /** Ed25519 keys, 32 bytes as base64. */
  merchantPrivateKey: z.string(),
  companyPublicKey: z.string(),
  /** What its bills are of: a part of a day, for demonstrations; a day where it does not say. */
  billEveryMs: z.number().int().min(1_000).max(86_400_000).optional(),
})

export type OrderRequest = z.infer<typeof orderRequest>
export type OrderStatus = z.infer<typeof orderStatus>
export type RefundRequest = z.infer<typeof refundRequest>
export type RefundStatus = z.infer<typeof refundStatus>
export type RefundNotification = z.infer<typeof refundNotification>
export type DisputeNotification = z.infer<typeof disputeNotification>
export type Notification = z.infer<typeof notification>
export type MerchantCredentials = z.infer<typeof merchantCredentials>

export type SignedHeaders = { timestamp: string; nonce: string; signature: string }
export type Stamp = { atMs: number; nonce: string }

/** Signs a notification or answer: `<timestamp s>\n<nonce>\n<body>\n`. */
export function signBody(privateKey: Uint8Array, stamp: Stamp, body: Uint8Array): SignedHeaders {
  return signParts(privateKey, stamp, [], body)
}

/** Signs a request: `<METHOD>\n<path with query>\n<timestamp s>\n<nonce>\n<body>\n`. */
export function signRequest(
  privateKey: Uint8Array,
  stamp: Stamp,
  request: { method: string; path: string; body: Uint8Array },
): SignedHeaders {
  return signParts(privateKey, stamp, [request.method, request.path], request.body)
}

export type SignatureRefusal = 'header-missing' | 'header-malformed' | 'skew' | 'bad-signature'

/** Checks a notification or answer over the raw bytes; undefined when it holds. */
export function refuseBody(
  publicKey: Uint8Array,
  headers: Partial<SignedHeaders>,
  body: Uint8Array,
  nowMs: number,
): SignatureRefusal | undefined {
  return refuseParts(publicKey, headers, [], body, nowMs)
}

/** Checks a merchant's request; undefined when it holds. */
export function refuseRequest(
  publicKey: Uint8Array,
  headers: Partial<SignedHeaders>,
  request: { method: string; path: string; body: Uint8Array },
  nowMs: number,
): SignatureRefusal | undefined {
  return refuseParts(publicKey, headers, [request.method, request.path], request.body, nowMs)
}

function signParts(
  privateKey: Uint8Array,
  stamp: Stamp,
  lines: string[],
  body: Uint8Array,
): SignedHeaders {
  const timestamp = String(Math.floor(stamp.atMs / 1000))
  const message = signedBytes([...lines, timestamp, stamp.nonce], body)
  const signature = toBase64(ed25519.sign(privateKey, message))
  return { timestamp, nonce: stamp.nonce, signature }
}

function refuseParts(
  publicKey: Uint8Array,
  { timestamp, nonce, signature }: Partial<SignedHeaders>,
  lines: string[],
  body: Uint8Array,
  nowMs: number,
): SignatureRefusal | undefined {
  if (!(timestamp && nonce && signature)) return 'header-missing'
  const bytes = fromBase64(signature)
  const wellFormed = /^\d{1,12}$/.test(timestamp) && /^[0-9a-f]{32}$/.test(nonce)
  if (!wellFormed || bytes === undefined || bytes.length !== 64) return 'header-malformed'
  if (Math.abs(Number(timestamp) * 1000 - nowMs) > MAX_SKEW_MS) return 'skew'
  const message = signedBytes([...lines, timestamp, nonce], body)
  return ed25519.verify(publicKey, message, bytes) ? undefined : 'bad-signature'
}

const signedBytes = (lines: string[], body: Uint8Array): Uint8Array =>
  concat(utf8(lines.map(line => `${line}\n`).join('')), body, utf8('\n'))
