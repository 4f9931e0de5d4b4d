/** Checks what programs send to the local API. */
import type { Problem } from '@tillproof/shared/api/fields.ts'
import { isReason, MAX_REASON_LENGTH } from '@tillproof/shared/wire/erase-order.ts'
import { z } from 'zod'
import type { AuditRequest } from '../drivers/audit.ts'
import type { EventDraft } from '../journal/event-store.ts'

const MAX_DETAILS = 32
const MAX_WAIT_MS = 60_000

const name = z.string().min(1).max(64)
const customEvent = z.strictObject({
  name,
  detail: z
    .record(name, z.union([z.string().max(1024), z.number(), z.boolean()]))
    .default({})
    .refine(detail => Object.keys(detail).length <= MAX_DETAILS, `at most ${MAX_DETAILS} details`)
    .refine(detail => !Object.hasOwn(detail, 'name'), '"name" is taken by the event itself'),
})
const redactionRequest = z.strictObject({
  index: z.number().int().nonnegative(),
  reason: z.string().refine(isReason, `must be one line of 1 to ${MAX_REASON_LENGTH} characters`),
})
const testRequest = z.strictObject({
  waitMs: z.number().int().min(0).max(MAX_WAIT_MS).default(0),
})

const auditRequest = z.strictObject({
  /** Sets the machine's interval counters back; who asks for it is kept, sealed. */
  collection: z.strictObject({ requestedBy: z.string().trim().min(1).max(100) }).exactOptional(),
})

export function readCustomEvent(body: unknown): EventDraft | Problem {
  const result = customEvent.safeParse(body)
  if (!result.success) return problemOf(result.error)
  const { name, detail } = result.data
  return { kind: 'custom', fields: { detail: { ...detail, name } } }
}

export function readTestRequest(body: unknown): { waitMs: number } | Problem {
  const result = testRequest.safeParse(body ?? {})
  return result.success ? result.data : problemOf(result.error)
}

export function readAuditRequest(body: unknown): AuditRequest | Problem {
  const result = auditRequest.safeParse(body ?? {})
  return result.success ? result.data : problemOf(result.error)
}

export function readRedaction(body: unknown): { index: number; reason: string } | Problem {
  const result = redactionRequest.safeParse(body)
  return result.success ? result.data : problemOf(result.error)
}

function problemOf(error: z.ZodError): Problem {
  return {
    code: 'local.bad-request',
    title: z.prettifyError(error).replaceAll('\n', ' '),
    next: 'See docs/wire/local-api.md.',
  }
}
