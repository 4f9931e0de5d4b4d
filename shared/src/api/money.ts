/** Orders a customer pays, sales, their postings, accounts. */
import { z } from 'zod'
import { amountMinor, currency, deviceId, id, instant, money, saleId } from './fields.ts'

/** Public: a customer's phone asks to pay for something at a machine. */
export const newOrder = z.object({
  deviceId,
  amountMinor,
  currency,
  item: z.string().min(1).max(40),
  /** How the voucher reaches the machine: shown to its scanner, or sent down by the cloud. */
  delivery: z.enum(['scanner', 'downlink']),
  /** Within a payment company's app: whom it says the customer is (WeChat's openid). Not kept. */
  payer: z.string().min(1).max(128).optional(),
})
export const order = z.object({
  id,
  deviceId,
  amount: money,
  item: z.string(),
  state: z.enum(['created', 'paid', 'failed', 'expired']),
  /** Empty where the order is paid within the company's app. */
  payUrl: z.string(),
  /** To hand to the company's app, in the answer to a new order with a payer; else absent. */
  inApp: z.record(z.string(), z.string()).optional(),
  /** Present once paid and `delivery` is `scanner`. */
  voucher: z.string().nullable(),
})

export const evidenceGrade = z.enum(['claimed', 'signed', 'corroborated', 'settled', 'repaid'])
export const saleState = z.enum(['open', 'succeeded', 'failed', 'matched', 'cleared'])
export const sale = z.object({
  id: saleId,
  deviceId,
  deviceLabel: z.string(),
  item: z.string().nullable(),
  amount: money,
  state: saleState,
  grade: evidenceGrade,
  at: instant,
  orderId: id.nullable(),
  channel: z.string().nullable(),
})
export const leg = z.object({
  account: z.string(),
  side: z.enum(['debit', 'credit']),
  amount: money,
})
export const posting = z.object({
  journalId: z.string(),
  bookedAt: instant,
  /** Both null where no agreement was in force: the takings wait in suspense. */
  agreementId: id.nullable(),
  agreementVersion: z.number().int().nullable(),
  batchSeq: z.number().int(),
  legs: z.array(leg),
})
export const saleDetail = sale.extend({
  events: z.array(
    z.object({ index: z.number().int(), kind: z.string(), at: instant, epoch: z.number().int() }),
  ),
  posting: posting.nullable(),
  evidence: z.object({
    logged: z.boolean(),
    witnessed: z.boolean(),
    anchored: z.boolean(),
  }),
})
export const account = z.object({
  /** The book it belongs to: an operator's organisation. */
  bookId: id,
  path: z.string(),
  currency,
  debitsPosted: amountMinor,
  creditsPosted: amountMinor,
  debitsPending: amountMinor,
  creditsPending: amountMinor,
})
/** The trial balance: each currency's debits and credits, and every rule that does not hold. */
export const ledgerCheck = z.object({
  asOf: instant,
  balanced: z.boolean(),
  totals: z.array(z.object({ currency, debits: amountMinor, credits: amountMinor })),
  faults: z.array(z.object({ code: z.string(), detail: z.string() })),
})
/**
 * A batch of a book in its specified bytes, base64: the header, and its journals in their order;
 * docs/wire/posting-batch.md.
 */
export const bookBatch = z.object({ header: z.base64(), journals: z.array(z.base64()) })

export type Order = z.infer<typeof order>
export type Sale = z.infer<typeof sale>
export type SaleDetail = z.infer<typeof saleDetail>
export type Posting = z.infer<typeof posting>
export type Account = z.infer<typeof account>
export type BookBatch = z.infer<typeof bookBatch>
export type LedgerCheck = z.infer<typeof ledgerCheck>
