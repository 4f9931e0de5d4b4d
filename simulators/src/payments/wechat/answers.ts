/** How the simulated WeChat Pay reads requests and answers them: signed, refusals as well. */
import type { Request, Response } from 'express'
import type { PlatformKeys } from './credentials.ts'
import type { Platform, Refusal } from './platform.ts'
import { signedHeaders } from './signing.ts'

export type Deps = {
  platform: Platform
  keys: PlatformKeys
  url: string
  /** Files to download, by token. */
  bills: Map<string, string>
}

export const bodyOf = (req: Request): Buffer =>
  Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)

/** Undefined when the body is not JSON. */
export function jsonOf(req: Request): unknown {
  try {
    return JSON.parse(bodyOf(req).toString('utf8'))
  } catch {
    return undefined
  }
}

export const refusal = (status: number, refused: string, message: string): Refusal => ({
  status,
  refused,
  message,
})

export const BAD_PARAMETERS = refusal(400, 'PARAM_ERROR', 'the request is not well-formed')

export function refuse(deps: Deps, res: Response, refused: Refusal): void {
  answer(deps, res, refused.status, { code: refused.refused, message: refused.message })
}

/** Signed, with or without a body; the fault hangs up when the work is done. */
export function answer(
  { platform, keys }: Deps,
  res: Response,
  status: number,
  value?: object,
): void {
  if (platform.faults.has('no-answer')) return void res.socket?.destroy()
  const body = value === undefined ? '' : JSON.stringify(value)
  res.status(status).set(signedHeaders(keys, body, platform.clock()))
  res.type('application/json').send(body)
}
