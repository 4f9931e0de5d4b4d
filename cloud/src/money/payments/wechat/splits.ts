/**
 * Splitting (分账) of paid orders at WeChat Pay. It accepts a split, then works on each part: what
 * was given is seen by asking. A number that was used is never sent again with other content.
 */
import type {
  ChannelSplit,
  ChannelSplits,
  Doubtful,
  ReturnAnswer,
  SplitAnswer,
  SplitFact,
  SplitReceiver,
  SplitReturn,
} from '../channel.ts'
import { type Answer, call, jsonOf, type WechatDeps } from './client.ts'
import {
  type ReturnOrder,
  returnAnswer,
  type SplitOrder,
  type SplitResult,
  splitAnswer,
  unsplitAnswer,
} from './wire.ts'

const PATH = '/v3/profitsharing'
const UNFREEZES_AFTER_MS = 30 * 86_400_000

export function wechatSplits(deps: WechatDeps): ChannelSplits {
  return {
    unfreezesAfterMs: UNFREEZES_AFTER_MS,
    async register(receiver) {
      const { appId } = deps.merchant
      const body = { appid: appId, ...receiverOf(receiver), relation_type: 'PARTNER' }
      const answer = await call(deps, 'POST', `${PATH}/receivers/add`, body)
      return 'ok' in answer ? { ok: true } : doubtfulOf(answer)
    },
    async request(split) {
      const body = splitOrderOf(deps, split)
      return answerOf(await call(deps, 'POST', `${PATH}/orders`, body), split.id)
    },
    async query(splitId, transactionId) {
      const path = `${PATH}/orders/${splitId}?transaction_id=${transactionId}`
      return answerOf(await call(deps, 'GET', path), splitId)
    },
    async unfreeze(splitId, transactionId, description) {
      const body = { transaction_id: transactionId, out_order_no: splitId, description }
      return answerOf(await call(deps, 'POST', `${PATH}/orders/unfreeze`, body), splitId)
    },
    async takeBack(part) {
      const answer = await call(deps, 'POST', `${PATH}/return-orders`, returnOrderOf(part))
      return returnAnswerOf(answer, part.id)
    },
    async queryReturn(returnId, splitId) {
      const path = `${PATH}/return-orders/${returnId}?out_order_no=${splitId}`
      return returnAnswerOf(await call(deps, 'GET', path), returnId)
    },
    async unsplit(transactionId) {
      const answer = await call(deps, 'GET', `${PATH}/transactions/${transactionId}/amounts`)
      if (!('ok' in answer)) return doubtfulOf(answer)
      const said = unsplitAnswer.safeParse(jsonOf(answer.body))
      if (said.data?.transaction_id !== transactionId) return ABOUT_ANOTHER
      return { ok: true, amountMinor: BigInt(said.data.unsplit_amount) }
    },
  }
}

const splitOrderOf = ({ merchant }: WechatDeps, split: ChannelSplit): SplitOrder => ({
  appid: merchant.appId,
  transaction_id: split.transactionId,
  out_order_no: split.id,
  receivers: split.parts.map(part => ({
    ...receiverOf(part),
    amount: Number(part.amountMinor),
    description: part.note,
  })),
  unfreeze_unsplit: split.last,
})

const returnOrderOf = (part: SplitReturn): ReturnOrder => ({
  out_order_no: part.splitId,
  out_return_no: part.id,
  return_mchid: part.account,
  amount: Number(part.amountMinor),
  description: part.note,
})

const receiverOf = ({ kind, account }: SplitReceiver) => ({
  type: kind === 'merchant' ? ('MERCHANT_ID' as const) : ('PERSONAL_OPENID' as const),
  account,
})

function answerOf(answer: Answer, splitId: string): SplitAnswer {
  if (!('ok' in answer)) return doubtfulOf(answer)
  const said = splitAnswer.safeParse(jsonOf(answer.body))
  if (said.data?.out_order_no !== splitId) return ABOUT_ANOTHER
  const { headers, body } = answer
  const message = { messageId: `split.${said.data.order_id}`, headers, body }
  return { ok: true, fact: factOf(said.data), message }
}

const RETURN_STATES = { PROCESSING: 'pending', SUCCESS: 'returned', FAILED: 'refused' } as const

function returnAnswerOf(answer: Answer, returnId: string): ReturnAnswer {
  if (!('ok' in answer)) return doubtfulOf(answer)
  const { data } = returnAnswer.safeParse(jsonOf(answer.body))
  if (data?.out_return_no !== returnId) return ABOUT_ANOTHER
  const { headers, body } = answer
  const message = { messageId: `return.${data.return_id}`, headers, body }
  const reason = data.fail_reason === undefined ? {} : { reason: data.fail_reason }
  return { ok: true, state: RETURN_STATES[data.result], ...reason, message }
}

const STATES = { PENDING: 'pending', SUCCESS: 'given', CLOSED: 'refused' } as const

const factOf = (said: SplitResult): SplitFact => ({
  splitId: said.out_order_no,
  transactionId: said.transaction_id,
  finished: said.state === 'FINISHED',
  parts: said.receivers.map(({ account, amount, result, fail_reason: reason }) => ({
    account,
    amountMinor: BigInt(amount),
    state: STATES[result],
    ...(reason === undefined ? {} : { reason }),
  })),
})

const ABOUT_ANOTHER: Doubtful = { refused: 'unknown', detail: 'the answer is about something else' }

const doubtfulOf = (answer: Exclude<Answer, { ok: true }>): Doubtful => ({
  refused: answer.refused === 'rejected' ? 'rejected' : 'unknown',
  detail: answer.detail,
})
