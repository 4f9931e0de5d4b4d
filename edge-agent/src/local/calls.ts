/** The calls of the local API, by method and path. See docs/wire/local-api.md. */
import type { AuditOutcome, AuditRequest } from '../drivers/audit.ts'
import type { AgentStatus } from '../health/status.ts'
import { ticksOf } from '../health/ticks.ts'
import type { EventStore, Journal } from '../journal/event-store.ts'
import { type Answer, refusal } from './exchange.ts'
import { auditRefusal, NO_SPACE, redactRefusals, TOO_MANY } from './refusals.ts'
import { readAuditRequest, readCustomEvent, readRedaction, readTestRequest } from './requests.ts'
import { statusPage } from './status-page.ts'

export type CallDeps = {
  store: EventStore & Pick<Journal, 'redact'>
  status(): AgentStatus
  /** Commits a test event, seals, and waits up to `waitMs` for its receipt. */
  recordTest(waitMs: number): Promise<{ index: number; receipted: boolean }>
  /** Reads the machine's audit now. */
  audit(request: AuditRequest): Promise<AuditOutcome>
}
type Call = (deps: CallDeps, body: unknown) => Answer | Promise<Answer>

const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['GET /', ({ status }) => page(status())],
  ['GET /v1/status', ({ status }) => ({ status: 200, json: status() })],
  ['GET /v1/ports', ({ status }) => ({ status: 200, json: { items: status().ports } })],
  ['POST /v1/events', recordCustom],
  ['POST /v1/redactions', redact],
  ['POST /v1/test-event', recordTest],
  ['POST /v1/audits', audit],
])

export function findCall(method: string, path: string): Call | undefined {
  return calls.get(`${method === 'HEAD' ? 'GET' : method} ${path}`)
}

function page(status: AgentStatus): Answer {
  return { status: 200, ...statusPage(status, ticksOf(status)) }
}

async function recordCustom({ store }: CallDeps, body: unknown): Promise<Answer> {
  const draft = readCustomEvent(body)
  if ('code' in draft) return refusal(400, draft)
  const result = await store.append({ events: [draft] })
  if (!result.ok) return NO_SPACE
  const [event] = result.events
  return event ? { status: 201, json: { index: event.index } } : TOO_MANY
}

/** Personal data alone can be taken out of the journal, and only with an event that says so. */
async function redact({ store }: CallDeps, body: unknown): Promise<Answer> {
  const asked = readRedaction(body)
  if ('code' in asked) return refusal(400, asked)
  const result = await store.redact(asked.index, asked.reason)
  if (!result.ok) return redactRefusals[result.refused]
  return { status: 201, json: { index: result.index } }
}

async function recordTest(deps: CallDeps, body: unknown): Promise<Answer> {
  const test = readTestRequest(body)
  if ('code' in test) return refusal(400, test)
  return { status: 201, json: await deps.recordTest(test.waitMs) }
}

async function audit(deps: CallDeps, body: unknown): Promise<Answer> {
  const request = readAuditRequest(body)
  if ('code' in request) return refusal(400, request)
  const outcome = await deps.audit(request)
  return outcome.ok ? { status: 201, json: outcome } : auditRefusal(outcome)
}
