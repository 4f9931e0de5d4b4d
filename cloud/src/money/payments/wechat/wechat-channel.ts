/**
 * WeChat Pay API v3 as a channel: orders by a QR code or within the app, notifications, refunds,
 * splits, bills.
 */
import type {
  MessageHeaders,
  OrderAnswer,
  PaidFact,
  PaymentChannel,
  ReadMessage,
} from '../channel.ts'
import { wechatBills } from './bill-download.ts'
import { call, jsonOf, type WechatDeps } from './client.ts'
import type { WechatMerchant } from './merchant.ts'
import { openNotice } from './notice.ts'
import { createOrder } from './orders.ts'
import { wechatRefunds } from './refunds.ts'
import { refuseMessage, SIGNED_HEADERS } from './signature.ts'
import { wechatSplits } from './splits.ts'
import { orderIdOf, type Transaction, tradeNoOf, transaction } from './wire.ts'

export function wechatChannel(deps: WechatDeps): PaymentChannel {
  const { merchant } = deps
  return {
    name: 'wechat',
    ...(merchant.profitSharing
      ? {
          givesAwayAtMostBasisPoints: merchant.splitsAtMostBasisPoints,
          splits: wechatSplits(deps),
        }
      : {}),
    createOrder: order => createOrder(deps, order),
    query: orderId => query(deps, orderId),
    closeOrder: orderId => closeOrder(deps, orderId),
    refunds: wechatRefunds(deps),
    bills: wechatBills(deps),
    readNotification: (headers, body) => readNotification(deps, headers, body),
    paidFactOf: body => paidFactOf(merchant, body),
  }
}

const tradePath = (orderId: string): string =>
  `/v3/pay/transactions/out-trade-no/${tradeNoOf(orderId)}`

async function query(deps: WechatDeps, orderId: string): Promise<OrderAnswer> {
  const { merchantId } = deps.merchant.signer
  const answer = await call(deps, 'GET', `${tradePath(orderId)}?mchid=${merchantId}`)
  if ('refused' in answer) return { state: 'unknown', detail: answer.detail }
  const status = transaction.safeParse(jsonOf(answer.body))
  const ours = status.success && status.data.mchid === merchantId
  if (!ours || orderIdOf(status.data.out_trade_no) !== orderId) {
    return { state: 'unknown', detail: 'the answer is about something else' }
  }
  const state = STATES[status.data.trade_state]
  if (state !== 'paid') return { state }
  const { headers, body } = answer
  const messageId = `query.${status.data.transaction_id ?? ''}`
  return { state, message: { messageId, headers, body } }
}

/** A payment that was paid back was paid first: what came back is told by refunds. */
const STATES = {
  SUCCESS: 'paid',
  REFUND: 'paid',
  NOTPAY: 'unpaid',
  USERPAYING: 'unpaid',
  PAYERROR: 'unpaid',
  CLOSED: 'expired',
  REVOKED: 'expired',
} as const satisfies Record<Transaction['trade_state'], OrderAnswer['state']>

/** Whether it worked is seen by the next query; a payment meanwhile stands. */
async function closeOrder(deps: WechatDeps, orderId: string): Promise<void> {
  const mchid = deps.merchant.signer.merchantId
  await call(deps, 'POST', `${tradePath(orderId)}/close`, { mchid })
}

function readNotification(
  { merchant, clock }: WechatDeps,
  headers: MessageHeaders,
  body: Uint8Array,
): ReadMessage {
  const refused = refuseMessage(merchant.platformKeys, headers, body, clock())
  if (refused !== undefined) return { refused }
  const opened = openNotice(merchant, jsonOf(body))
  if (!('ok' in opened)) return opened
  const kept = Object.fromEntries(SIGNED_HEADERS.map(name => [name, headers[name] ?? '']))
  return { ok: true, message: { messageId: opened.notice.id, headers: kept, body } }
}

/** Of a notification, or of a query's answer. */
function paidFactOf(merchant: WechatMerchant, body: Uint8Array): PaidFact | undefined {
  const json = jsonOf(body)
  const opened = openNotice(merchant, json)
  const said = transaction.safeParse('ok' in opened ? opened.notice.facts : json)
  if (!said.success || STATES[said.data.trade_state] !== 'paid') return undefined
  const { transaction_id: transactionId, success_time: paidAt, amount } = said.data
  const orderId = orderIdOf(said.data.out_trade_no)
  if (!(orderId && transactionId && paidAt && amount)) return undefined
  return {
    orderId,
    transactionId,
    amountMinor: BigInt(amount.total),
    currency: amount.currency,
    paidAtMs: Date.parse(paidAt),
  }
}
