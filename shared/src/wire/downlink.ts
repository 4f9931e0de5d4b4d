/** What the cloud sends down to a device, as JSON: answers to batches, and commands. */
import { z } from 'zod'

/** Why a batch was refused; the device logs it and waits for a person or a newer agent. */
export const batchRefusalCode = z.enum([
  'too-large',
  'unknown-format',
  'not-decompressible',
  'malformed',
  'unknown-device',
  'quarantined',
  'wrong-origin',
  'wrong-size',
  'wrong-root',
  'bad-signature',
  'bad-event',
  'fork',
])

/** Topic `…/receipt`: one of these for each batch. */
export const receiptMessage = z.discriminatedUnion('type', [
  z.strictObject({ v: z.literal(1), type: z.literal('receipt'), note: z.string().max(8192) }),
  z.strictObject({
    v: z.literal(1),
    type: z.literal('resend'),
    fromIndex: z.number().int().nonnegative(),
  }),
  z.strictObject({
    v: z.literal(1),
    type: z.literal('refused'),
    code: batchRefusalCode,
    detail: z.string().max(400),
    /** With `fork`: the signed heads that cannot both be true, for the device to check itself. */
    heads: z.array(z.string().max(8192)).max(2).optional(),
  }),
])

/** Topic `…/command`. */
export const commandMessage = z.discriminatedUnion('type', [
  z.strictObject({ v: z.literal(1), type: z.literal('voucher'), voucher: z.string().max(1024) }),
  z.strictObject({ v: z.literal(1), type: z.literal('erase'), order: z.string().max(4096) }),
  /** Read the audit now; `order` stands in the event that answers. */
  z.strictObject({ v: z.literal(1), type: z.literal('audit'), order: z.uuid() }),
  /** A head that the machine signed, and its place in the cloud's log as a C2SP tlog-proof. */
  z.strictObject({
    v: z.literal(1),
    type: z.literal('logged'),
    head: z.string().max(8192),
    proof: z.string().max(8192),
  }),
])

export type BatchRefusalCode = z.infer<typeof batchRefusalCode>
export type ReceiptMessage = z.infer<typeof receiptMessage>
export type CommandMessage = z.infer<typeof commandMessage>
