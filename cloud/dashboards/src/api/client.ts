/**
 * Asks the cloud's HTTP API and believes no answer that its schema does not describe.
 * Refusals are values: every caller gets either the resource or a problem with a next step.
 */

import type { Problem } from '@tillproof/shared/api/fields.ts'
import { problem as problemSchema } from '@tillproof/shared/api/fields.ts'
import type { z } from 'zod'

export type Refusal = { ok: false; status: number; problem: Problem }
export type Answer<T> = { ok: true; value: T } | Refusal

export type Ask = {
  method?: 'GET' | 'POST' | 'DELETE'
  /** Absolute path on this origin, already encoded: `/api/v1/sales`. */
  path: string
  query?: Record<string, string | number | undefined>
  body?: unknown
  signal?: AbortSignal | undefined
}

export type Client = {
  json<T>(schema: z.ZodType<T>, ask: Ask): Promise<Answer<T>>
  text(ask: Ask): Promise<Answer<string>>
  /** For answers without a body, such as 204. */
  done(ask: Ask): Promise<Answer<null>>
}

type Deps = {
  fetch: typeof fetch
  /** Called when the cloud no longer knows the session, whatever was asked. */
  onSignedOut?: () => void
}

/** A client over the given fetch. Never throws: a broken network is a problem like any other. */
export function createClient(deps: Deps): Client {
  return {
    async json(schema, ask) {
      const answer = await send(deps, ask)
      return answer.ok ? parseJson(schema, answer.value) : answer
    },
    text: ask => send(deps, ask),
    async done(ask) {
      const answer = await send(deps, ask)
      return answer.ok ? { ok: true, value: null } : answer
    },
  }
}

async function send(deps: Deps, ask: Ask): Promise<Answer<string>> {
  try {
    const response = await deps.fetch(urlOf(ask), requestOf(ask))
    const text = await response.text()
    if (response.ok) return { ok: true, value: text }
    if (response.status === 401) deps.onSignedOut?.()
    return { ok: false, status: response.status, problem: problemIn(text, response.status) }
  } catch (cause) {
    return refusal(0, 'client.unreachable', cause)
  }
}

function urlOf({ path, query = {} }: Ask): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  if (given.length === 0) return path
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

function requestOf({ method = 'GET', body, signal }: Ask): RequestInit {
  return {
    method,
    credentials: 'same-origin',
    ...(signal ? { signal } : {}),
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }
}

function parseJson<T>(schema: z.ZodType<T>, text: string): Answer<T> {
  const parsed = schema.safeParse(jsonIn(text))
  if (parsed.success) return { ok: true, value: parsed.data }
  return refusal(200, 'client.unexpected-answer', parsed.error.issues.slice(0, 5))
}

function problemIn(text: string, status: number): Problem {
  const parsed = problemSchema.safeParse(jsonIn(text))
  if (parsed.success) return parsed.data
  return refusal(status, status >= 500 ? 'client.cloud-failed' : 'client.refused').problem
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Words for what the client itself found; the catalogue translates them by their code. */
const words = {
  'client.unreachable': [
    'The cloud could not be reached',
    'Check the network connection and try again.',
  ],
  'client.unexpected-answer': [
    'The cloud answered in a form this page does not know',
    'Reload the page; if it stays so, the page and the cloud are of different versions.',
  ],
  'client.cloud-failed': ['The cloud failed to answer', 'Try again in a moment.'],
  'client.refused': ['The cloud refused the request', 'Reload the page and try again.'],
} as const

function refusal(status: number, code: keyof typeof words, detail?: unknown): Refusal {
  const [title, next] = words[code]
  return {
    ok: false,
    status,
    problem: { code, title, next, ...(detail === undefined ? {} : { detail }) },
  }
}
