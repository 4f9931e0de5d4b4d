/**
 * How WeChat Pay splits a paid order (分账): what is frozen, who may be given how much of it, what
 * became of each part. No HTTP here. docs/wire/wechat-channel.md.
 */
import { randomBytes } from 'node:crypto'
import type {
  ReturnOrder,
  ReturnResult,
  SplitOrder,
  SplitResult,
} from '@tillproof/cloud/money/payments/wechat/wire.ts'
import type { HeldOrder, Platform, Refusal } from './platform.ts'

export const FIRST_AFTER_MS = 60_000
export const LAST_AFTER_MS = 30 * 86_400_000
const MOST_SPLITS = 50
const MOST_BASIS_POINTS = 3_000n

type Part = SplitResult['receivers'][number]
export type HeldSplit = { request: string; result: SplitResult }
export type Splitting = {
  platform: Platform
  receivers: Set<string>
  splits: Map<string, HeldSplit>
  returns: Map<string, ReturnResult>
  /** Payments whose rest is the merchant's. */
  released: Set<string>
}

export const receiverKey = ({ type, account }: Pick<Part, 'type' | 'account'>): string =>
  `${type} ${account}`

/** Accepted whole or not at all; a part to somebody who cannot take it is closed afterwards. */
export function splitOrder(splitting: Splitting, request: SplitOrder): SplitResult | Refusal {
  const held = splitting.splits.get(request.out_order_no)
  const text = JSON.stringify(request)
  if (held !== undefined) return held.request === text ? held.result : invalid('the number is used')
  const refused = refuseSplit(splitting, request)
  if (refused !== undefined) return refused
  const closed = splitting.platform.faults.has('receiver-closed')
  const receivers = request.receivers.map(({ type, account, amount }) => ({
    ...{ type, account, amount },
    ...(closed
      ? { result: 'CLOSED' as const, fail_reason: 'RECEIVER_REAL_NAME_NOT_VERIFIED' }
      : { result: 'SUCCESS' as const }),
  }))
  const result = keep(splitting, request.transaction_id, request.out_order_no, text, receivers)
  if (request.unfreeze_unsplit) splitting.released.add(request.transaction_id)
  // Done at once, and seen to be done when it is asked about.
  const waiting = receivers.map(({ type, account, amount }) => {
    return { type, account, amount, result: 'PENDING' as const }
  })
  return { ...result, state: 'PROCESSING', receivers: waiting }
}

/** With a number that was used it answers that number’s split, and unfreezes nothing. */
export function unfreeze(
  splitting: Splitting,
  transactionId: string,
  no: string,
): SplitResult | Refusal {
  const held = splitting.splits.get(no)
  if (held !== undefined) return held.result
  const order = orderOf(splitting, transactionId)
  if (order === undefined) return invalid('the payment is not split')
  splitting.released.add(transactionId)
  return keep(splitting, transactionId, no, '', [])
}

/** From a merchant, out of what he was given; what may be given away is no more for it. */
export function takeBack(splitting: Splitting, request: ReturnOrder): ReturnResult | Refusal {
  const { description: _, ...asked } = request
  const held = splitting.returns.get(asked.out_return_no)
  if (held !== undefined) {
    const same = held.out_order_no === asked.out_order_no && held.amount === asked.amount
    return same ? held : invalid('the number is used')
  }
  const part = splitting.splits
    .get(asked.out_order_no)
    ?.result.receivers.find(({ account }) => account === asked.return_mchid)
  const taken = [...splitting.returns.values()]
    .filter(each => each.out_order_no === asked.out_order_no)
    .filter(each => each.return_mchid === asked.return_mchid && each.result === 'SUCCESS')
    .reduce((sum, { amount }) => sum + amount, 0)
  if (part?.result !== 'SUCCESS' || part.type !== 'MERCHANT_ID') return invalid('nothing was given')
  if (taken + asked.amount > part.amount) return invalid('more than was given')
  const empty = splitting.platform.faults.has('payer-broke')
  const result: ReturnResult = {
    ...asked,
    return_id: `3108${randomBytes(12).toString('hex')}`,
    ...(empty
      ? { result: 'FAILED' as const, fail_reason: 'BALANCE_NOT_ENOUGH' }
      : { result: 'SUCCESS' as const }),
  }
  splitting.returns.set(asked.out_return_no, result)
  return result
}

/** What is frozen still, in fen: nothing from the thirtieth day on, or without the order’s flag. */
export function unsplitOf(splitting: Splitting, transactionId: string): number | undefined {
  const order = orderOf(splitting, transactionId)
  if (order === undefined) return undefined
  const over = splitting.platform.clock() >= (order.paidAtMs ?? 0) + LAST_AFTER_MS
  const released = splitting.released.has(transactionId)
  if (over || released || !order.request.settle_info.profit_sharing) return 0
  return order.request.amount.total - givenOf(splitting, transactionId)
}

function refuseSplit(splitting: Splitting, request: SplitOrder): Refusal | undefined {
  const { transaction_id: id, receivers } = request
  const order = orderOf(splitting, id)
  if (order === undefined) return invalid('no such payment')
  const now = splitting.platform.clock()
  if (now < (order.paidAtMs ?? 0) + FIRST_AFTER_MS) return invalid('paid less than a minute ago')
  const keys = receivers.map(receiverKey)
  if (new Set(keys).size < keys.length) return invalid('a receiver is named twice')
  if (!keys.every(key => splitting.receivers.has(key))) {
    return { refused: 'NO_RELATION', status: 403, message: 'a receiver is not registered' }
  }
  const asked = receivers.reduce((sum, { amount }) => sum + amount, 0)
  if (asked > (unsplitOf(splitting, id) ?? 0)) {
    return { refused: 'NOT_ENOUGH', status: 403, message: 'more than is frozen' }
  }
  const most = (BigInt(order.request.amount.total) * MOST_BASIS_POINTS) / 10_000n
  if (BigInt(givenOf(splitting, id) + asked) > most) return invalid('more than the limit')
  return splitsOf(splitting, id).length < MOST_SPLITS ? undefined : invalid('too many splits')
}

function keep(
  splitting: Splitting,
  transactionId: string,
  no: string,
  request: string,
  receivers: Part[],
): SplitResult {
  const order_id = `3008${randomBytes(12).toString('hex')}`
  const about = { transaction_id: transactionId, out_order_no: no, order_id }
  const result: SplitResult = { ...about, state: 'FINISHED', receivers }
  splitting.splits.set(no, { request, result })
  return result
}

const orderOf = ({ platform }: Splitting, transactionId: string): HeldOrder | undefined =>
  [...platform.orders.values()].find(each => each.transactionId === transactionId)

const splitsOf = ({ splits }: Splitting, transactionId: string): SplitResult[] =>
  [...splits.values()]
    .map(each => each.result)
    .filter(each => each.transaction_id === transactionId)

const givenOf = (splitting: Splitting, transactionId: string): number =>
  splitsOf(splitting, transactionId)
    .flatMap(({ receivers }) => receivers)
    .filter(({ result }) => result === 'SUCCESS')
    .reduce((sum, { amount }) => sum + amount, 0)

const invalid = (message: string): Refusal => ({ refused: 'INVALID_REQUEST', status: 400, message })
