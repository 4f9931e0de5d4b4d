/**
 * One request and its answer, over Node's own HTTP: bodies in and out, no framework. What the
 * local API needs of one are these few lines; why the agent has none: decision 21.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Problem } from '@tillproof/shared/api/fields.ts'

export type Answer =
  | { status: number; json: unknown }
  | { status: number; html: string; policy: string }

const BODY_LIMIT_BYTES = 64 * 1024
const JSON_TYPE = /^application\/json\s*(?:;|$)/i

export function refusal(status: number, problem: Problem): Answer {
  return { status, json: problem }
}

/** For HEAD, Node itself leaves the body out. */
export function send(response: ServerResponse, answer: Answer): void {
  response.statusCode = answer.status
  if ('json' in answer) {
    response.setHeader('content-type', 'application/json; charset=utf-8')
    return void response.end(JSON.stringify(answer.json))
  }
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.setHeader('content-security-policy', answer.policy)
  response.setHeader('referrer-policy', 'no-referrer')
  response.end(answer.html)
}

/**
 * The body as JSON, an object or a list; undefined where none came or it is of another type.
 * Never more than the limit is kept, whatever length was announced.
 */
export async function readBody(
  request: IncomingMessage,
): Promise<{ ok: true; body: unknown } | { ok: false }> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (!JSON_TYPE.test(type)) return { ok: true, body: undefined }
  if (encoding !== 'identity') return { ok: false }
  const bytes = await readWithinLimit(request)
  if (bytes === undefined) return { ok: false }
  return bytes.length === 0 ? { ok: true, body: undefined } : parse(bytes)
}

/** Undefined when there is more, or the sender went away. */
async function readWithinLimit(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise(resolve => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= BODY_LIMIT_BYTES) chunks.push(chunk)
      else resolve(undefined)
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', () => resolve(undefined))
    request.on('close', () => resolve(undefined))
  })
}

function parse(bytes: Buffer): { ok: true; body: unknown } | { ok: false } {
  try {
    const body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof body === 'object' && body !== null ? { ok: true, body } : { ok: false }
  } catch {
    return { ok: false }
  }
}
