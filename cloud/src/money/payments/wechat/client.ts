/**
 * Signed requests to WeChat Pay. An answer is believed when the platform signed it; one that it did
 * not sign counts as none, as does a fault of its servers: what was asked for may have been done.
 */
import { createHash } from 'node:crypto'
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { readAtMost } from '@tillproof/shared/bytes/read-at-most.ts'
import type { SignedMessage } from '../channel.ts'
import type { WechatMerchant } from './merchant.ts'
import { authorization, refuseMessage, SIGNED_HEADERS } from './signature.ts'
import { failure } from './wire.ts'

const ANSWER_WITHIN_MS = 5_000
const DOWNLOAD_WITHIN_MS = 60_000
const MOST_ANSWER_BYTES = 65_536
const MOST_BILL_BYTES = 256 * 1024 * 1024

export type WechatDeps = {
  merchant: WechatMerchant
  /** Where the company sends notifications: this cloud's `/webhooks/wechat`. */
  notifyUrl: string
  clock: () => number
  randomBytes: (length: number) => Uint8Array
}
export type Answer =
  | ({ ok: true } & Omit<SignedMessage, 'messageId'>)
  /** The platform's own word that it did nothing, by its code. */
  | { refused: 'rejected'; code: string; detail: string }
  | { refused: 'unreachable'; detail: string }

/** @param body absent for GET */
export async function call(
  deps: WechatDeps,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Answer> {
  const text = body === undefined ? '' : JSON.stringify(body)
  try {
    const response = await send(deps, method, path, text, ANSWER_WITHIN_MS)
    const bytes = await readAtMost(response.body, MOST_ANSWER_BYTES)
    return bytes === undefined ? unreachable('an answer without end') : read(deps, response, bytes)
  } catch (cause) {
    return unreachable(detailOf(cause))
  }
}

/** A bill's bytes, which are not signed: they are believed by the hash that was. */
export async function download(
  deps: WechatDeps,
  url: string,
  sha1: string,
): Promise<{ ok: true; body: Uint8Array } | { refused: 'unreachable'; detail: string }> {
  const { origin, pathname, search } = new URL(url)
  if (origin !== new URL(deps.merchant.baseUrl).origin) return unreachable(`a bill at ${origin}`)
  try {
    const response = await send(deps, 'GET', `${pathname}${search}`, '', DOWNLOAD_WITHIN_MS)
    if (!response.ok) return unreachable(`HTTP ${response.status}`)
    const body = await readAtMost(response.body, MOST_BILL_BYTES)
    if (body === undefined) return unreachable('the bill is too large')
    const found = createHash('sha1').update(body).digest('hex')
    return found === sha1.toLowerCase()
      ? { ok: true, body }
      : unreachable('the bill’s hash differs')
  } catch (cause) {
    return unreachable(detailOf(cause))
  }
}

function send(
  { merchant, clock, randomBytes }: WechatDeps,
  method: string,
  path: string,
  body: string,
  withinMs: number,
): Promise<Response> {
  const stamp = { atMs: clock(), nonce: toHex(randomBytes(16)) }
  return fetch(new URL(path, merchant.baseUrl), {
    method,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'tillproof',
      authorization: authorization(merchant.signer, stamp, { method, path, body }),
    },
    ...(method === 'GET' ? {} : { body }),
    redirect: 'error',
    signal: AbortSignal.timeout(withinMs),
  })
}

function read({ merchant, clock }: WechatDeps, response: Response, body: Uint8Array): Answer {
  const headers = Object.fromEntries(
    SIGNED_HEADERS.map(name => [name, response.headers.get(name) ?? '']),
  )
  const { status } = response
  if (status >= 500 || status === 429) return unreachable(`HTTP ${status}`)
  const refused = refuseMessage(merchant.platformKeys, headers, body, clock())
  if (refused !== undefined) return unreachable(`HTTP ${status}, not believed: ${refused}`)
  if (response.ok) return { ok: true, headers, body }
  const told = failure.safeParse(jsonOf(body))
  const { code, message } = told.success ? told.data : { code: '', message: 'no reason given' }
  return { refused: 'rejected', code, detail: `HTTP ${status} ${code}: ${message}` }
}

const unreachable = (detail: string): { refused: 'unreachable'; detail: string } => ({
  refused: 'unreachable',
  detail,
})

const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : 'no answer')

/** Undefined when the bytes are not JSON. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body) ?? '')
  } catch {
    return undefined
  }
}
