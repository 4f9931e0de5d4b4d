/**
 * Refunds at the sandbox company, and what it says of disputes. A refusal is believed when the
 * company signed it; anything else that is no answer leaves the refund unknown.
 */
import { z } from 'zod'
import type {
  ChannelRefund,
  ChannelRefunds,
  DisputeFact,
  RefundAnswer,
  RefundFact,
  SignedMessage,
} from './channel.ts'
import {
  disputeNotification,
  type RefundRequest,
  refundNotification,
  refundStatus,
  refusal,
} from './sandbox-wire.ts'

/** A signed answer, whatever its status; undefined when there was none to believe. */
export type CallSigned = (
  method: string,
  path: string,
  body: string,
) => Promise<(Omit<SignedMessage, 'messageId'> & { status: number }) | { unheard: string }>

export function sandboxRefunds(
  call: CallSigned,
  jsonOf: (body: Uint8Array) => unknown,
): ChannelRefunds {
  const answerTo = async (id: string, asked: ReturnType<CallSigned>): Promise<RefundAnswer> => {
    const answer = await asked
    if ('unheard' in answer) return { refused: 'unknown', detail: answer.unheard }
    const json = jsonOf(answer.body)
    const refused = refusal.safeParse(json)
    if (answer.status >= 400 && refused.success) return refusedBy(answer.status, refused.data.code)
    const fact = factOf(json)
    if (fact?.refundId !== id) {
      return { refused: 'unknown', detail: 'the answer is about something else' }
    }
    const { headers, body } = answer
    return {
      ok: true,
      fact,
      message: { messageId: `refund.${fact.companyRefundId}`, headers, body },
    }
  }
  return {
    request: refund =>
      answerTo(refund.id, call('POST', '/v1/refunds', JSON.stringify(requestOf(refund)))),
    query: id => answerTo(id, call('GET', `/v1/refunds/${id}`, '')),
    factOf: body => factOf(jsonOf(body)),
  }
}

const requestOf = ({ id, orderId, amountMinor, reason }: ChannelRefund): RefundRequest => ({
  merchantRefundId: id,
  merchantOrderId: orderId,
  amountMinor: amountMinor.toString(),
  reason,
})

function refusedBy(status: number, code: string): RefundAnswer {
  const detail = `HTTP ${status} ${code}`
  if (code === 'unknown-refund') return { refused: 'not-there', detail }
  return { refused: status < 500 ? 'rejected' : 'unknown', detail }
}

/** Of an answer or of a notification. */
const told = z.union([refundNotification, refundStatus])

function factOf(json: unknown): RefundFact | undefined {
  const read = told.safeParse(json)
  if (!read.success) return undefined
  const { merchantRefundId, refundId, merchantOrderId, transactionId, amountMinor, state } =
    read.data
  return {
    refundId: merchantRefundId,
    orderId: merchantOrderId,
    transactionId,
    companyRefundId: refundId,
    amountMinor: BigInt(amountMinor),
    state,
  }
}

const DISPUTES = {
  'dispute.opened': 'opened',
  'dispute.won': 'won',
  'dispute.lost': 'lost',
} as const

export function disputeFactOf(json: unknown): DisputeFact | undefined {
  const read = disputeNotification.safeParse(json)
  if (!read.success) return undefined
  const { disputeId, merchantOrderId, transactionId, amountMinor, feeMinor, type } = read.data
  return {
    disputeId,
    orderId: merchantOrderId,
    transactionId,
    amountMinor: BigInt(amountMinor),
    feeMinor: BigInt(feeMinor),
    state: DISPUTES[type],
  }
}
