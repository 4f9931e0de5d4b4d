/**
 * What WeChat Pay API v3 and a merchant say to each other, as far as we say it:
 * docs/wire/wechat-channel.md. Fields that nobody here reads are left out and let through.
 */
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import { z } from 'zod'

/** Minor units (fen) as a JSON number: exact, for it is a whole number that a double holds. */
const fen = z.number().int().min(0).max(1_000_000_000_000)
const text = z.string().min(1).max(64)
/** RFC 3339 with its offset. */
const instant = z.iso.datetime({ offset: true })

/** POST /v3/pay/transactions/native */
export const nativeOrder = z.object({
  appid: text,
  mchid: text,
  description: z.string().min(1).max(127),
  out_trade_no: z.string().regex(/^[0-9A-Za-z_*-]{6,32}$/),
  time_expire: instant,
  notify_url: z.url(),
  settle_info: z.object({ profit_sharing: z.boolean() }),
  amount: z.object({ total: fen.min(1), currency: z.literal('CNY') }),
})
/** POST /v3/pay/transactions/jsapi: paid by a page within the company's app. */
export const jsapiOrder = nativeOrder.extend({
  payer: z.object({ openid: z.string().min(1).max(128) }),
})
export const jsapiAnswer = z.object({ prepay_id: text })
/** What such a page gives to the app, signed by the merchant over four lines. */
export const jsapiPayment = z.strictObject({
  appId: text,
  timeStamp: z.string().regex(/^\d{1,12}$/),
  nonceStr: text,
  package: z.string().startsWith('prepay_id=').max(128),
  signType: z.literal('RSA'),
  paySign: z.string().min(1).max(1024),
})
export const nativeAnswer = z.object({ code_url: z.string().startsWith('weixin://').max(512) })

/** GET /v3/pay/transactions/out-trade-no/…, and inside a notification TRANSACTION.SUCCESS. */
export const transaction = z.object({
  mchid: text,
  out_trade_no: text,
  trade_state: z.enum([
    'SUCCESS',
    'REFUND',
    'NOTPAY',
    'CLOSED',
    'REVOKED',
    'USERPAYING',
    'PAYERROR',
  ]),
  transaction_id: text.optional(),
  success_time: instant.optional(),
  amount: z.object({ total: fen, currency: z.string().length(3) }).optional(),
})

/** POST /v3/refund/domestic/refunds */
export const refundOrder = z.object({
  out_trade_no: text,
  out_refund_no: z.string().regex(/^[0-9A-Za-z_|*@-]{1,64}$/),
  reason: z.string().min(1).max(80),
  notify_url: z.url(),
  amount: z.object({ refund: fen.min(1), total: fen.min(1), currency: z.literal('CNY') }),
})
export const refundStatus = z.enum(['SUCCESS', 'CLOSED', 'PROCESSING', 'ABNORMAL'])
const refunded = z.object({
  refund_id: text,
  out_refund_no: text,
  transaction_id: text,
  out_trade_no: text,
  amount: z.object({ total: fen, refund: fen }),
})
/** The answer to it, and to GET /v3/refund/domestic/refunds/… */
export const refundAnswer = refunded.extend({ status: refundStatus })
/** Inside the notifications REFUND.SUCCESS, REFUND.CLOSED and REFUND.ABNORMAL. */
export const refundNotice = refunded.extend({ mchid: text, refund_status: refundStatus })

const receiver = z.object({
  type: z.enum(['MERCHANT_ID', 'PERSONAL_OPENID']),
  account: text,
})
/** POST /v3/profitsharing/receivers/add */
export const splitReceiver = receiver.extend({ appid: text, relation_type: text })
/** POST /v3/profitsharing/orders */
export const splitOrder = z.object({
  appid: text,
  transaction_id: text,
  out_order_no: text,
  receivers: z
    .array(receiver.extend({ amount: fen.min(1), description: z.string().min(1).max(80) }))
    .min(1)
    .max(50),
  unfreeze_unsplit: z.boolean(),
})
/** POST /v3/profitsharing/orders/unfreeze */
export const unfreezeOrder = z.object({
  transaction_id: text,
  out_order_no: text,
  description: z.string().min(1).max(80),
})
/** The answer to both, and to GET /v3/profitsharing/orders/… */
export const splitAnswer = z.object({
  transaction_id: text,
  out_order_no: text,
  order_id: text,
  state: z.enum(['PROCESSING', 'FINISHED']),
  receivers: z
    .array(
      receiver.extend({
        amount: fen,
        result: z.enum(['PENDING', 'SUCCESS', 'CLOSED']),
        fail_reason: z.string().max(64).optional(),
      }),
    )
    .default([]),
})
/** POST /v3/profitsharing/return-orders */
export const returnOrder = z.object({
  out_order_no: text,
  out_return_no: text,
  return_mchid: text,
  amount: fen.min(1),
  description: z.string().min(1).max(80),
})
/** The answer to it, and to GET /v3/profitsharing/return-orders/… */
export const returnAnswer = returnOrder.omit({ description: true }).extend({
  return_id: text,
  result: z.enum(['PROCESSING', 'SUCCESS', 'FAILED']),
  fail_reason: z.string().max(64).optional(),
})
/** GET /v3/profitsharing/transactions/…/amounts */
export const unsplitAnswer = z.object({ transaction_id: text, unsplit_amount: fen })

/** POST to our `notify_url`. */
export const notification = z.object({
  id: z.string().min(1).max(64),
  event_type: z.string().min(1).max(64),
  resource: z.object({
    algorithm: z.literal('AEAD_AES_256_GCM'),
    ciphertext: z.string().max(65_536),
    associated_data: z.string().max(64).default(''),
    nonce: z.string().length(12),
  }),
})

/** GET /v3/bill/tradebill and /v3/bill/fundflowbill */
export const billAnswer = z.object({
  hash_type: z.literal('SHA1'),
  hash_value: z.string().regex(/^[0-9a-fA-F]{40}$/),
  download_url: z.url(),
})

/** Any answer that is not 2xx. */
export const failure = z.object({ code: z.string().max(64), message: z.string().max(256) })

export type NativeOrder = z.infer<typeof nativeOrder>
export type JsapiOrder = z.infer<typeof jsapiOrder>
export type JsapiPayment = z.infer<typeof jsapiPayment>
export type RefundOrder = z.infer<typeof refundOrder>
export type Transaction = z.infer<typeof transaction>
export type SplitOrder = z.infer<typeof splitOrder>
export type ReturnOrder = z.infer<typeof returnOrder>
export type ReturnResult = z.infer<typeof returnAnswer>
export type SplitResult = z.infer<typeof splitAnswer>
export type Refunded = z.infer<typeof refunded>
export type RefundNotice = z.infer<typeof refundNotice>
export type Notification = z.infer<typeof notification>

/** Their order numbers have at most 32 characters: the id's hexadecimal digits. */
export const tradeNoOf = (orderId: string): string => orderId.replaceAll('-', '')

/** Our order id; undefined when the number is none of ours. */
export function orderIdOf(tradeNo: string): string | undefined {
  const bytes = fromHex(tradeNo)
  if (bytes?.length !== 16 || toHex(bytes) !== tradeNo) return undefined
  return tradeNo.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Beijing's time, to the second, with its offset. */
export const beijingInstant = (atMs: number): string =>
  `${new Date(atMs + BEIJING_OFFSET_MS).toISOString().slice(0, 19)}+08:00`

/** China keeps one time all year. */
export const BEIJING_OFFSET_MS = 28_800_000
