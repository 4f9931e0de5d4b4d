/**
 * What the agent says about itself: one shape for the local API, the status page, the doctor and
 * `tillproof agent status`. See docs/wire/local-api.md.
 */
import { statfsSync } from 'node:fs'
import { z } from 'zod'

const portStatus = z.object({
  name: z.string(),
  path: z.string(),
  state: z.enum(['up', 'down', 'opening']),
  lastGoodFrameAtMs: z.number().nullable(),
  reopenCount: z.number(),
  detail: z.string(),
})
const uplinkStatus = z.object({
  connection: z.object({
    state: z.enum(['connecting', 'connected', 'waiting', 'stopped']),
    sinceMs: z.number(),
    lastError: z.string().nullable(),
  }),
  receiptedSize: z.number(),
  lastReceiptAtMs: z.number().nullable(),
  refusal: z.object({ code: z.string(), detail: z.string(), atMs: z.number() }).nullable(),
  badReceipts: z.number(),
  contradiction: z.string().nullable(),
  promise: z
    .object({ shownSize: z.number(), owedSinceMs: z.number().nullable(), isBroken: z.boolean() })
    .nullable(),
})

export const agentStatus = z.object({
  v: z.literal(1),
  agentVersion: z.string(),
  deviceId: z.string(),
  origin: z.string(),
  machine: z.string(),
  server: z.string(),
  startedAtMs: z.number(),
  nowMs: z.number(),
  journal: z.object({
    size: z.number(),
    sealedSize: z.number(),
    receiptedSize: z.number(),
    backlog: z.number(),
    /** Events whose parts are gone: receipted, and their time here is over. */
    released: z.number(),
    /** Set when the log has ended: nothing is signed any more, only a new enrolment goes on. */
    death: z
      .object({
        reason: z.enum(['ahead-of-journal', 'contradicts-journal', 'fork-shown']),
        knownSize: z.number().nullable(),
        atMs: z.number(),
      })
      .nullable(),
  }),
  uplink: uplinkStatus,
  ports: z.array(portStatus),
  /** Why the machine takes no cashless sales now; null while it does. */
  noSale: z.enum(['disk-full', 'log-dead']).nullable(),
  /** Null where the machine's profile watches no position. */
  position: z.object({ port: z.string(), lastFixAtMs: z.number().nullable() }).nullable(),
  /** Null when the editor was not asked for. */
  nodeRed: z.object({ url: z.string() }).nullable(),
  disk: z.object({ freeBytes: z.number() }),
})
export type AgentStatus = z.infer<typeof agentStatus>

/** Bytes that this process may still write on the file system of `folder`. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
