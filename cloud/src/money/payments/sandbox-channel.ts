/** The sandbox payment company as a channel: signed requests out, signed messages in. */
import { readFile } from 'node:fs/promises'
import { fromBase64 } from '@tillproof/shared/bytes/base64.ts'
import { fromUtf8, utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { isAcceptableKey } from '@tillproof/shared/crypto/crypto.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { z } from 'zod'
import type {
  ChannelOrder,
  CreatedOrder,
  MessageHeaders,
  OrderAnswer,
  PaidFact,
  PaymentChannel,
  ReadMessage,
  SignedMessage,
} from './channel.ts'
import { sandboxBills } from './sandbox-bills.ts'
import { type CallSigned, disputeFactOf, sandboxRefunds } from './sandbox-refunds.ts'
import {
  anyNotification,
  MERCHANT_HEADER,
  type MerchantCredentials,
  merchantCredentials,
  NONCE_HEADER,
  notification,
  orderAnswer,
  orderStatus,
  refuseBody,
  SIGNATURE_HEADER,
  signRequest,
  TIMESTAMP_HEADER,
} from './sandbox-wire.ts'

const ANSWER_WITHIN_MS = 5_000

export type SandboxDeps = {
  credentials: MerchantCredentials
  /** Where the company sends notifications: this cloud's `/webhooks/sandbox`. */
  notifyUrl: string
  clock: () => number
  randomBytes: (length: number) => Uint8Array
}

/** Reads the file that the company gave its merchant. */
export async function readCredentials(path: string): Promise<MerchantCredentials> {
  try {
    return merchantCredentials.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new TillproofError(
      'sandbox.credentials',
      `${path} does not hold the sandbox company's credentials.`,
      'Start the sandbox first and give the path that it prints.',
      { cause },
    )
  }
}

export function sandboxChannel(deps: SandboxDeps): PaymentChannel {
  const keys = keysOf(deps.credentials)
  return {
    name: 'sandbox',
    createOrder: order => createOrder(deps, keys, order),
    query: orderId => query(deps, keys, orderId),
    readNotification: (headers, body) => readNotification(deps, keys, headers, body),
    paidFactOf,
    refunds: sandboxRefunds((...asked) => callSigned(deps, keys, ...asked), jsonOf),
    disputeFactOf: body => disputeFactOf(jsonOf(body)),
    bills: sandboxBills(path => call(deps, keys, 'GET', path, ''), deps.credentials.billEveryMs),
  }
}

type Keys = { merchant: Uint8Array; company: Uint8Array }

function keysOf(credentials: MerchantCredentials): Keys {
  const merchant = fromBase64(credentials.merchantPrivateKey)
  const company = fromBase64(credentials.companyPublicKey)
  if (merchant?.length === 32 && company !== undefined && isAcceptableKey(company)) {
    return { merchant, company }
  }
  throw new TillproofError(
    'sandbox.key-malformed',
    'A key in the sandbox credentials is not an Ed25519 key.',
    'Take the file from the company’s folder again.',
  )
}

async function createOrder(
  deps: SandboxDeps,
  keys: Keys,
  order: ChannelOrder,
): Promise<CreatedOrder> {
  const request = {
    merchantOrderId: order.id,
    amountMinor: order.amountMinor.toString(),
    currency: order.currency,
    description: order.item,
    notifyUrl: deps.notifyUrl,
    expiresAtMs: order.expiresAtMs,
  }
  const answer = await call(deps, keys, 'POST', '/v1/orders', JSON.stringify(request))
  if ('refused' in answer) return answer
  const created = orderAnswer.safeParse(jsonOf(answer.body))
  if (created.success) return { ok: true, payUrl: created.data.payUrl }
  return { refused: 'rejected', detail: 'the answer is not an order' }
}

async function query(deps: SandboxDeps, keys: Keys, orderId: string): Promise<OrderAnswer> {
  const answer = await call(deps, keys, 'GET', `/v1/orders/${orderId}`, '')
  if ('refused' in answer) return { state: 'unknown', detail: answer.detail }
  const status = orderStatus.safeParse(jsonOf(answer.body))
  if (!status.success || status.data.merchantOrderId !== orderId) {
    return { state: 'unknown', detail: 'the answer is about something else' }
  }
  const { state, transactionId } = status.data
  if (state !== 'paid') return { state }
  const message = { ...answer, messageId: `query.${transactionId ?? ''}` }
  return { state: 'paid', message }
}

function readNotification(
  { clock }: SandboxDeps,
  keys: Keys,
  headers: MessageHeaders,
  body: Uint8Array,
): ReadMessage {
  const refused = refuseBody(keys.company, signedHeaders(headers), body, clock())
  if (refused !== undefined) return { refused }
  const read = anyNotification.safeParse(jsonOf(body))
  if (!read.success) return { refused: 'malformed' }
  const kept = Object.fromEntries(SIGNED_HEADERS.map(name => [name, headers[name] ?? '']))
  return { ok: true, message: { messageId: read.data.notificationId, headers: kept, body } }
}

/** Of a notification, or of a query's answer. */
function paidFactOf(body: Uint8Array): PaidFact | undefined {
  const json = jsonOf(body)
  const told = notification.safeParse(json)
  const asked = orderStatus.extend({ state: z.literal('paid') }).safeParse(json)
  const said = told.success ? told.data : asked.data
  if (said === undefined || said.transactionId === null || said.paidAtMs === null) return undefined
  return {
    orderId: said.merchantOrderId,
    transactionId: said.transactionId,
    amountMinor: BigInt(said.amountMinor),
    currency: said.currency,
    paidAtMs: said.paidAtMs,
  }
}

type Refused = { refused: 'rejected' | 'unreachable'; detail: string }

/** A signed request whose answer is signed as well; an answer that is not counts as none. */
async function call(
  deps: SandboxDeps,
  keys: Keys,
  method: string,
  path: string,
  body: string,
): Promise<Omit<SignedMessage, 'messageId'> | Refused> {
  const response = await send(deps, keys, method, path, body)
  if ('unheard' in response) return { refused: 'unreachable', detail: response.unheard }
  const { status, ...message } = response
  if (status >= 400) return { refused: 'rejected', detail: `HTTP ${status}` }
  const refused = refuseAnswer(deps, keys, message)
  return refused === undefined ? message : { refused: 'rejected', detail: refused }
}

/** The same where a refusal matters as much: believed only if it is signed. */
async function callSigned(
  deps: SandboxDeps,
  keys: Keys,
  ...[method, path, body]: Parameters<CallSigned>
): ReturnType<CallSigned> {
  const response = await send(deps, keys, method, path, body)
  if ('unheard' in response) return response
  const refused = refuseAnswer(deps, keys, response)
  if (refused === undefined) return response
  return { unheard: `HTTP ${response.status}, not believed: ${refused}` }
}

async function send(
  deps: SandboxDeps,
  keys: Keys,
  method: string,
  path: string,
  body: string,
): ReturnType<CallSigned> {
  try {
    const response = await fetch(new URL(path, deps.credentials.baseUrl), {
      method,
      headers: requestHeaders(deps, keys, { method, path, body: utf8(body) }),
      ...(body === '' ? {} : { body }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    const { status } = response
    const headers = Object.fromEntries(
      SIGNED_HEADERS.map(name => [name, response.headers.get(name) ?? '']),
    )
    return { status, headers, body: new Uint8Array(await response.arrayBuffer()) }
  } catch (cause) {
    return { unheard: cause instanceof Error ? cause.message : 'no answer' }
  }
}

const refuseAnswer = (
  { clock }: SandboxDeps,
  keys: Keys,
  { headers, body }: Omit<SignedMessage, 'messageId'>,
) => refuseBody(keys.company, signedHeaders(headers), body, clock())

function requestHeaders(
  deps: SandboxDeps,
  keys: Keys,
  request: { method: string; path: string; body: Uint8Array },
): Record<string, string> {
  const stamp = { atMs: deps.clock(), nonce: toHex(deps.randomBytes(16)) }
  const signed = signRequest(keys.merchant, stamp, request)
  return {
    'content-type': 'application/json',
    [MERCHANT_HEADER]: deps.credentials.merchantId,
    [TIMESTAMP_HEADER]: signed.timestamp,
    [NONCE_HEADER]: signed.nonce,
    [SIGNATURE_HEADER]: signed.signature,
  }
}

const SIGNED_HEADERS = [TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER]

const signedHeaders = (headers: MessageHeaders) => ({
  timestamp: headers[TIMESTAMP_HEADER] ?? '',
  nonce: headers[NONCE_HEADER] ?? '',
  signature: headers[SIGNATURE_HEADER] ?? '',
})

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body) ?? '')
  } catch {
    return undefined
  }
}
