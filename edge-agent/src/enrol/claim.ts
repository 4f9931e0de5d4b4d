/**
 * First step of enrolment: the one-time code buys a claim certificate, good for nothing but asking
 * for the real one. Plain HTTP call; a repeated call with the same key gets the same answer.
 */
import { problem } from '@tillproof/shared/api/fields.ts'
import { type Claim, claim } from '@tillproof/shared/api/machines.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'

const TIMEOUT_MS = 20_000
const CLAIM_PATH = '/api/v1/enrolments/claim'

/**
 * Throws `enrolment.server-unreachable`, or the cloud's own refusal, among them
 * `enrolment.code-unknown`, `enrolment.code-used`, `enrolment.code-expired`.
 */
export async function requestClaim(server: string, code: string, csrPem: string): Promise<Claim> {
  const response = await post(new URL(CLAIM_PATH, server), { code, csrPem })
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw refusalOf(body, response.status, server)
  const parsed = claim.safeParse(body)
  if (parsed.success) return parsed.data
  throw new TillproofError(
    'enrolment.server-answer',
    `${server} does not answer like a Tillproof cloud.`,
    'Check the address on the enrolment slip.',
    { cause: parsed.error },
  )
}

async function post(url: URL, body: unknown): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (cause) {
    throw new TillproofError(
      'enrolment.server-unreachable',
      `${url.origin} cannot be reached.`,
      'Check the network and the address on the slip, then run the same command again.',
      { cause },
    )
  }
}

function refusalOf(body: unknown, status: number, server: string): TillproofError {
  const parsed = problem.safeParse(body)
  if (parsed.success) {
    const { code, title, next } = parsed.data
    return new TillproofError(code, title, next)
  }
  return new TillproofError(
    'enrolment.refused',
    `${server} refused the code (HTTP ${status}).`,
    'Check the address on the slip, or ask for a new slip.',
  )
}
