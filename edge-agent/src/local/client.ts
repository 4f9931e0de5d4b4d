/** Talks to the agent that runs on this home, for the doctor and `tillproof agent status`. */
import { z } from 'zod'
import type { HomePaths } from '../config.ts'
import { type AgentStatus, agentStatus } from '../health/status.ts'
import { readAddress, readToken } from './access.ts'

export type LocalClient = {
  url: string
  token: string
  status(): Promise<AgentStatus>
  recordTest(waitMs: number): Promise<{ index: number; receipted: boolean }>
}

const TIMEOUT_MS = 5000
const testAnswer = z.object({ index: z.number(), receipted: z.boolean() })

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
  }
  return client.status().then(
    () => client,
    () => undefined,
  )
}
