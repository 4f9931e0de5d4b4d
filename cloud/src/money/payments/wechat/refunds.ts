/** Refunds at WeChat Pay. What was not answered for is unknown, and asked about by the same id. */
import type { ChannelRefund, ChannelRefunds, RefundAnswer, RefundFact } from '../channel.ts'
import { type Answer, call, jsonOf, type WechatDeps } from './client.ts'
import { openNotice } from './notice.ts'
import {
  orderIdOf,
  type Refunded,
  type RefundOrder,
  refundAnswer,
  refundNotice,
  tradeNoOf,
} from './wire.ts'

const PATH = '/v3/refund/domestic/refunds'

export function wechatRefunds(deps: WechatDeps): ChannelRefunds {
  return {
    async request(refund) {
      if (refund.currency !== 'CNY') return { refused: 'rejected', detail: 'only CNY is paid back' }
      const answer = await call(deps, 'POST', PATH, refundOrderOf(deps, refund))
      return answerOf(answer, refund.id, code => (LATER.has(code) ? 'unknown' : 'rejected'))
    },
    async query(refundId) {
      const answer = await call(deps, 'GET', `${PATH}/${refundId}`)
      return answerOf(answer, refundId, code => (code === UNHEARD_OF ? 'not-there' : 'unknown'))
    },
    factOf: body => refundFactOf(deps, body),
  }
}

const refundOrderOf = ({ notifyUrl }: WechatDeps, refund: ChannelRefund): RefundOrder => ({
  out_trade_no: tradeNoOf(refund.orderId),
  out_refund_no: refund.id,
  reason: refund.reason,
  notify_url: notifyUrl,
  amount: {
    refund: Number(refund.amountMinor),
    total: Number(refund.paidMinor),
    currency: 'CNY',
  },
})

const UNHEARD_OF = 'RESOURCE_NOT_EXISTS'
/** Refusals of the moment: the merchant's balance is too low, a signature was not believed. */
const LATER = new Set(['NOT_ENOUGH', 'SIGN_ERROR', 'SYSTEM_ERROR', 'FREQUENCY_LIMITED'])

function answerOf(
  answer: Answer,
  refundId: string,
  meaning: (code: string) => 'rejected' | 'not-there' | 'unknown',
): RefundAnswer {
  if (!('ok' in answer)) {
    const refused = answer.refused === 'rejected' ? meaning(answer.code) : 'unknown'
    return { refused, detail: answer.detail }
  }
  const fact = answeredFactOf(jsonOf(answer.body))
  if (fact?.refundId !== refundId) {
    return { refused: 'unknown', detail: 'the answer is about something else' }
  }
  const { headers, body } = answer
  return { ok: true, fact, message: { messageId: `refund.${fact.companyRefundId}`, headers, body } }
}

/** Of a notification, or of an answer. */
function refundFactOf({ merchant }: WechatDeps, body: Uint8Array): RefundFact | undefined {
  const json = jsonOf(body)
  const opened = openNotice(merchant, json)
  return 'ok' in opened ? noticedFactOf(opened.notice.facts) : answeredFactOf(json)
}

const STATES = {
  SUCCESS: 'succeeded',
  PROCESSING: 'pending',
  CLOSED: 'closed',
  ABNORMAL: 'abnormal',
} as const

function noticedFactOf(json: unknown): RefundFact | undefined {
  const read = refundNotice.safeParse(json)
  return read.success ? factOf(read.data, read.data.refund_status) : undefined
}

function answeredFactOf(json: unknown): RefundFact | undefined {
  const read = refundAnswer.safeParse(json)
  return read.success ? factOf(read.data, read.data.status) : undefined
}

/** Undefined for the refund of an order that is none of ours. */
function factOf(said: Refunded, status: keyof typeof STATES): RefundFact | undefined {
  const orderId = orderIdOf(said.out_trade_no)
  if (orderId === undefined) return undefined
  return {
    refundId: said.out_refund_no,
    orderId,
    transactionId: said.transaction_id,
    companyRefundId: said.refund_id,
    amountMinor: BigInt(said.amount.refund),
    state: STATES[status],
  }
}
