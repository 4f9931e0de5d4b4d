/** How the sandbox company reads its merchant's requests and answers them. */
import { randomBytes } from 'node:crypto'
import {
  MERCHANT_HEADER,
  NONCE_HEADER,
  refuseRequest,
  SIGNATURE_HEADER,
  signBody,
  TIMESTAMP_HEADER,
} from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import type { Request, Response } from 'express'
import type { CompanyDeps } from './company.ts'
import type { CompanyKeys } from './credentials.ts'

/** Answers 401 and says true unless the merchant signed this very request. */
export function refuseMerchant(
  deps: CompanyDeps,
  keys: CompanyKeys,
  req: Request,
  res: Response,
): boolean {
  const request = { method: req.method, path: req.originalUrl, body: bodyOf(req) }
  const headers = {
    timestamp: req.header(TIMESTAMP_HEADER) ?? '',
    nonce: req.header(NONCE_HEADER) ?? '',
    signature: req.header(SIGNATURE_HEADER) ?? '',
  }
  const known = req.header(MERCHANT_HEADER) === keys.merchant.merchantId
  const refused = refuseRequest(keys.merchantPublicKey, headers, request, deps.clock())
  if (known && refused === undefined) return false
  refuse(res, 401, known ? (refused ?? 'refused') : 'unknown-merchant')
  return true
}

const bodyOf = (req: Request): Uint8Array =>
  req.body instanceof Uint8Array ? req.body : new Uint8Array()

export function jsonOf(req: Request): unknown {
  try {
    return JSON.parse(Buffer.from(bodyOf(req)).toString('utf8'))
  } catch {
    return undefined
  }
}

/** Signed, refusals that a merchant is to believe as well. */
export function answer(
  deps: CompanyDeps,
  keys: CompanyKeys,
  res: Response,
  value: object,
  status = 200,
): void {
  const body = JSON.stringify(value)
  const stamp = { atMs: deps.clock(), nonce: randomBytes(16).toString('hex') }
  const signed = signBody(keys.privateKey, stamp, utf8(body))
  res
    .status(status)
    .set(TIMESTAMP_HEADER, signed.timestamp)
    .set(NONCE_HEADER, signed.nonce)
    .set(SIGNATURE_HEADER, signed.signature)
    .type('application/json')
    .send(body)
}

export const refuse = (res: Response, status: number, code: string): void => {
  res.status(status).json({ code })
}
