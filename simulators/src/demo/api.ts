/**
 * The cloud's HTTP API as a signed-in person uses it: a cookie, an Origin, JSON in and out, every
 * answer parsed by the schema that the cloud checks it with.
 */
import { type Problem, problem } from '@tillproof/shared/api/fields.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { z } from 'zod'

export type Api = {
  address: string
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>
  /** The answer as it came: status, and the problem when it was refused. */
  attempt(method: string, path: string, body?: unknown): Promise<Answer>
  text(path: string): Promise<string>
  /** The raw answer; a stream of live events ends when `signal` aborts. */
  open(path: string, signal: AbortSignal): Promise<Response>
}
export type Answer = { status: number; problem?: Problem; body: unknown }

/** A client without a session; `signIn` makes one with. */
export function anonymous(address: string): Api {
  return client(address, undefined)
}

export async function signIn(address: string, email: string, password: string): Promise<Api> {
  const response = await send(address, 'POST', '/api/v1/session', undefined, { email, password })
  if (!response.ok) throw await refusal(response, 'POST', '/api/v1/session')
  const cookies = response.headers.getSetCookie().map(cookie => cookie.split(';')[0])
  return client(address, cookies.join('; '))
}

function client(address: string, cookie: string | undefined): Api {
  async function request(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await send(address, method, path, cookie, body)
    if (!response.ok) throw await refusal(response, method, path)
    return response
  }
  return {
    address,
    get: async (path, schema) => schema.parse(await (await request('GET', path)).json()),
    post: async (path, body, schema) =>
      schema.parse(await (await request('POST', path, body)).json()),
    text: async path => await (await request('GET', path)).text(),
    open: async (path, signal) => {
      const headers = headersOf(address, cookie)
      return await fetch(new URL(path, address), { headers, signal })
    },
    async attempt(method, path, body) {
      const response = await send(address, method, path, cookie, body)
      return await answerOf(response)
    },
  }
}

async function send(
  address: string,
  method: string,
  path: string,
  cookie: string | undefined,
  body?: unknown,
): Promise<Response> {
  const headers = headersOf(address, cookie)
  if (body !== undefined) headers['content-type'] = 'application/json'
  return await fetch(new URL(path, address), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  })
}

function headersOf(address: string, cookie: string | undefined): Record<string, string> {
  const { origin } = new URL(address)
  return cookie === undefined ? { origin } : { origin, cookie }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const body: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text
  const refused = problem.safeParse(body)
  return { status: response.status, body, ...(refused.success ? { problem: refused.data } : {}) }
}

async function refusal(response: Response, method: string, path: string): Promise<TillproofError> {
  const answer = await answerOf(response)
  const { code, title, next } = answer.problem ?? {
    code: 'api.failed',
    title: `HTTP ${answer.status}`,
    next: 'read logs/cloud.log in the data folder',
  }
  return new TillproofError(code, `${method} ${path}: ${title}`, next)
}
