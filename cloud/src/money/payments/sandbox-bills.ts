/**
 * The sandbox company's bills: two signed answers a day, or a part of one, of what was traded and
 * what moved on the merchant's account. docs/wire/sandbox-channel.md.
 */
import { fromUtf8 } from '@tillproof/shared/bytes/bytes.ts'
import { z } from 'zod'
import { type BillCalendar, DAY_MS } from './bill-calendar.ts'
import type {
  BillAnswer,
  BillKind,
  ChannelBills,
  FundLine,
  ReadBill,
  TradeLine,
} from './channel.ts'

const TEN_O_CLOCK_MS = 10 * 3_600_000

/** A company that bills by the day has its bills at ten in the next morning, by UTC. */
export const sandboxCalendar = (everyMs: number = DAY_MS): BillCalendar => ({
  everyMs,
  utcOffsetMs: 0,
  readyAfterMs: everyMs < DAY_MS ? 0 : TEN_O_CLOCK_MS,
})

/** Hundredths of a percent that the company keeps of a payment, half up. */
const FEE_BASIS_POINTS = 60n
const WHOLE = 10_000n
export const sandboxFeeMinor = (amountMinor: bigint): bigint =>
  (amountMinor * FEE_BASIS_POINTS + WHOLE / 2n) / WHOLE
/** The same before it is rounded. */
export const sandboxFeeMilliMinor = (amountMinor: bigint): bigint =>
  (amountMinor * FEE_BASIS_POINTS * 1000n) / WHOLE

const minor = z.string().regex(/^-?\d{1,18}$/)
const text = z.string().max(80)
const tradeLine = z.strictObject({
  atMs: z.number().int().positive(),
  merchantOrderId: text,
  transactionId: text.min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  amountMinor: minor,
  feeMilliMinor: minor,
  refund: z
    .strictObject({ merchantRefundId: text.min(1), refundId: text.min(1), amountMinor: minor })
    .nullable(),
})
const fundLine = z.strictObject({
  atMs: z.number().int().positive(),
  flowId: text.min(1),
  /** The company's number of the payment or refund that caused it. */
  businessId: text.min(1),
  business: text,
  direction: z.enum(['in', 'out']),
  amountMinor: minor,
  /** Since the bill began. */
  balanceMinor: minor,
  merchantOrderId: text,
})
export const tradeBill = z.strictObject({ day: text, trades: z.array(tradeLine) })
export const fundBill = z.strictObject({ day: text, funds: z.array(fundLine) })
export type TradeBill = z.infer<typeof tradeBill>
export type FundBill = z.infer<typeof fundBill>

/** The body of a signed answer, or why there is none. */
export type Asked = { body: Uint8Array } | { refused: string; detail: string }

export function sandboxBills(
  ask: (path: string) => Promise<Asked>,
  everyMs: number | undefined,
): ChannelBills {
  return {
    calendar: sandboxCalendar(everyMs),
    fetch: (kind, day) => fetchBill(ask, kind, day),
    readTrades: body => readWith(body, tradeBill, ({ trades }) => trades.map(tradeOf)),
    readFunds: body => readWith(body, fundBill, ({ funds }) => funds.map(fundOf)),
  }
}

async function fetchBill(
  ask: (path: string) => Promise<Asked>,
  kind: BillKind,
  day: string,
): Promise<BillAnswer> {
  const answer = await ask(`/v1/bills/${day}/${kind}`)
  if ('body' in answer) return { ok: true, body: answer.body }
  const refused = answer.detail === 'HTTP 425' ? 'not-ready' : 'unreachable'
  return { refused, detail: answer.detail }
}

function readWith<Bill, Line>(
  body: Uint8Array,
  schema: z.ZodType<Bill>,
  linesOf: (bill: Bill) => Line[],
): ReadBill<Line> {
  const read = schema.safeParse(jsonOf(body))
  if (read.success) return { ok: true, lines: linesOf(read.data) }
  const [issue] = read.error.issues
  const at = issue?.path.join('.') ?? ''
  return { refused: 'malformed', detail: `${at}: ${issue?.message ?? 'is no bill'}` }
}

const tradeOf = (line: TradeBill['trades'][number]): TradeLine => ({
  atMs: line.atMs,
  orderId: line.merchantOrderId,
  transactionId: line.transactionId,
  currency: line.currency,
  amountMinor: BigInt(line.amountMinor),
  settledMinor: BigInt(line.amountMinor),
  feeMilliMinor: BigInt(line.feeMilliMinor),
  refund: line.refund && {
    refundId: line.refund.merchantRefundId,
    companyRefundId: line.refund.refundId,
    amountMinor: BigInt(line.refund.amountMinor),
  },
})

const fundOf = (line: FundBill['funds'][number]): FundLine => ({
  atMs: line.atMs,
  flowId: line.flowId,
  businessId: line.businessId,
  business: line.business,
  amountMinor: BigInt(line.amountMinor),
  direction: line.direction,
  balanceMinor: BigInt(line.balanceMinor),
  note: '',
  voucherId: line.merchantOrderId,
})

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(body) ?? '')
  } catch {
    return undefined
  }
}
