/** Talks to the agent that runs on this home, for the doctor and `tillproof agent status`. */
import { problem } from '@tillproof/shared/api/fields.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import { z } from 'zod'
import type { HomePaths } from '../config.ts'
import type { AuditRequest } from '../drivers/audit.ts'
import { type AgentStatus, agentStatus } from '../health/status.ts'
import { readAddress, readToken } from './access.ts'

export type LocalClient = {
  url: string
  token: string
  status(): Promise<AgentStatus>
  recordTest(waitMs: number): Promise<{ index: number; receipted: boolean }>
  /** Index of the `redaction` event. Throws the agent's refusal. */
  redact(index: number, reason: string): Promise<number>
  /** Throws the agent's refusal (`audit.…`), with its next step. */
  audit(request: AuditRequest): Promise<AuditAnswer>
}

const TIMEOUT_MS = 5000
/** Slow lines take minutes, and another audit may be before ours. */
const AUDIT_TIMEOUT_MS = 1_200_000
const redactAnswer = z.object({ index: z.number() })
const testAnswer = z.object({ index: z.number(), receipted: z.boolean() })
const auditAnswer = z.object({
  index: z.number(),
  file: z.string().nullable(),
  sha256: z.string(),
  g85: z.string(),
  se: z.string(),
  vendsValue: z.string().nullable(),
  vendsCount: z.string().nullable(),
  epochs: z.number(),
})
export type AuditAnswer = z.infer<typeof auditAnswer>

/** Undefined when no agent runs there, or it does not answer. */
export async function findRunningAgent(paths: HomePaths): Promise<LocalClient | undefined> {
  const url = readAddress(paths.localAddress)?.url
  const token = readToken(paths.localToken)
  if (url === undefined || token === undefined) return undefined
  const call = async (path: string, init: RequestInit, timeoutMs: number): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(new URL(path, url), { ...init, headers, signal })
    return response.json()
  }
  const client: LocalClient = {
    url,
    token,
    status: async () => agentStatus.parse(await call('/v1/status', {}, TIMEOUT_MS)),
    async recordTest(waitMs) {
      const init = { method: 'POST', body: JSON.stringify({ waitMs }) }
      return testAnswer.parse(await call('/v1/test-event', init, waitMs + TIMEOUT_MS))
    },
    async redact(index, reason) {
      const init = { method: 'POST', body: JSON.stringify({ index, reason }) }
      const answer = granted(await call('/v1/redactions', init, TIMEOUT_MS))
      return redactAnswer.parse(answer).index
    },
    async audit(request) {
      const init = { method: 'POST', body: JSON.stringify(request) }
      return auditAnswer.parse(granted(await call('/v1/audits', init, AUDIT_TIMEOUT_MS)))
    },
  }
  return client.status().then(
    () => client,
    () => undefined,
  )
}

/** The answer, unless it is the agent's refusal, which is thrown as it came. */
function granted(answer: unknown): unknown {
  const refused = problem.safeParse(answer)
  if (!refused.success) return answer
  const { code, title, next } = refused.data
  throw new TillproofError(code, title, next)
}
