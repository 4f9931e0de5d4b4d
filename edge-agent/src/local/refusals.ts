/** What the local API refuses, in words and with a next step. See docs/wire/local-api.md. */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { AuditOutcome, AuditRefusal } from '../drivers/audit.ts'
import type { RedactRefusal } from '../journal/event-store.ts'
import type { Access } from './access.ts'
import { type Answer, refusal } from './exchange.ts'

export const accessRefusals: Readonly<Record<Exclude<Access, 'granted'>, Answer>> = {
  'wrong-host': refusal(403, {
    code: 'local.wrong-host',
    title: 'This API answers only to its local name.',
    next: 'Use http://127.0.0.1 and the port in local.json.',
  }),
  'wrong-token': refusal(401, {
    code: 'local.wrong-token',
    title: 'The token is missing or wrong.',
    next: 'Send the text of the file local.token as "Authorization: Bearer <token>".',
  }),
}

export const NO_SUCH_CALL = refusal(404, {
  code: 'local.no-such-call',
  title: 'There is no such call.',
  next: 'See docs/wire/local-api.md.',
})
export const BAD_BODY = refusal(400, {
  code: 'local.bad-body',
  title: 'The body is not JSON of at most 64 KiB.',
  next: 'See docs/wire/local-api.md.',
})
export const NO_SPACE = refusal(507, {
  code: 'journal.disk-full',
  title: 'The event was not kept: the disk is full.',
  next: 'Free some space on the gateway.',
})
export const TOO_MANY = refusal(429, {
  code: 'journal.shed',
  title: 'The event was not kept: too many of its kind in this hour, or the disk runs full.',
  next: 'Send fewer, or raise journal.telemetryPerHour in agent.yaml. A gap event tells of it.',
})

export const redactRefusals: Readonly<Record<RedactRefusal, Answer>> = {
  'no-such-event': refusal(404, {
    code: 'journal.no-such-event',
    title: 'There is no such event in this journal.',
    next: 'Look the index up in the event stream or on the dashboard.',
  }),
  'nothing-sealed': refusal(409, {
    code: 'journal.nothing-sealed',
    title: 'This event has no sealed part: it never had one, or it is gone already.',
    next: 'Nothing is left to be done here.',
  }),
  'disk-full': NO_SPACE,
}

const auditRefusals: Readonly<Record<AuditRefusal, { status: number; next: string }>> = {
  'no-audit-port': {
    status: 409,
    next: 'Give the machine a profile with a DEX or DDCMP port and name its line in agent.yaml.',
  },
  'no-collection': { status: 409, next: 'Ask without a collection.' },
  stopped: { status: 503, next: 'Ask again when the agent runs.' },
  failed: { status: 502, next: 'Look at cable and socket; tillproof agent status shows the port.' },
  'not-recorded': { status: 507, next: 'Free some space on the gateway.' },
}

export function auditRefusal({ refused, reason }: AuditOutcome & { ok: false }): Answer {
  const { status, next } = auditRefusals[refused]
  const title = `The audit was not read: ${reason}.`
  return refusal(status, { code: `audit.${refused}`, title, next })
}

/** What a call threw: a fault of the event that was sent, or one of the agent. */
export function failure(error: unknown): Answer {
  if (error instanceof TillproofError) {
    const status = error.code === 'event.invalid' ? 400 : 503
    const problem: Problem = { code: error.code, title: error.message, next: error.next }
    return refusal(status, problem)
  }
  return refusal(500, {
    code: 'local.failed',
    title: `The agent failed to answer: ${error instanceof Error ? error.message : error}.`,
    next: 'Run tillproof agent doctor.',
  })
}
