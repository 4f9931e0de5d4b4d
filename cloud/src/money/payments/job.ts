/**
 * Work around payments that must not depend on a request: acting on stored messages, asking about
 * orders whose notification never came, sending vouchers down until the machine reports the sale.
 */
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import type { Job } from '../../platform/jobs/job.ts'
import { type PaymentsDeps, processMessage, receiveMessage } from './payments.ts'
import * as store from './store.ts'

const AT_ONCE = 500
const ASK_AFTER_MS = 10_000
const RESEND_AFTER_MS = 5_000
/** An order that the company knows nothing of, long after its end: we died before telling it. */
const GIVE_UP_AFTER_MS = 86_400_000

/** id: a stored message. */
export function paymentMessageJob(deps: PaymentsDeps): Job {
  return {
    name: 'payment-message',
    run: id => processMessage(deps, id),
    due: () => deps.db.withSystem(tx => store.unprocessedMessages(tx, AT_ONCE)),
    sweepEveryMs: 2_000,
    concurrency: 4,
  }
}

/** id: an order that is still unpaid as far as we know. */
export function askPaymentJob(deps: PaymentsDeps, askAfterMs: number = ASK_AFTER_MS): Job {
  return {
    name: 'ask-payment',
    run: id => askAbout(deps, id),
    due: () => deps.db.withSystem(tx => store.ordersToAsk(tx, askAfterMs, AT_ONCE)),
    sweepEveryMs: 5_000,
    concurrency: 4,
  }
}

/** An order is over only when its time is and the company itself says that nobody paid. */
async function askAbout(deps: PaymentsDeps, id: string): Promise<void> {
  const order = await deps.db.withSystem(async tx => {
    await store.setAsked(tx, id)
    return store.findOrder(tx, id)
  })
  if (order?.state !== 'created') return
  const channel = deps.channels.find(each => each.name === order.channel)
  const answer = await channel?.query(id)
  switch (answer?.state) {
    case 'paid':
      await receiveMessage(deps, order.channel, 'query', answer.message)
      return
    case 'expired':
      return deps.db.withSystem(tx => store.endOrder(tx, id, 'expired'))
    case 'unpaid':
    case 'unknown':
    case undefined:
      // Nobody may pay any more; what the company made of it is heard at the next asking.
      if (deps.clock() >= order.expiresAtMs) await channel?.closeOrder?.(id)
      if (deps.clock() < order.expiresAtMs + GIVE_UP_AFTER_MS) return
      return deps.db.withSystem(tx => store.endOrder(tx, id, 'expired'))
  }
}

type VoucherMessage = Extract<CommandMessage, { type: 'voucher' }>

export type VoucherDeps = PaymentsDeps & {
  /** Publishes to the machine's command topic; resolves when the broker has it. */
  sendCommand(deviceId: string, command: VoucherMessage): Promise<void>
}

/** id: a paid order whose voucher goes down to the machine. */
export function voucherJob(deps: VoucherDeps, resendAfterMs: number = RESEND_AFTER_MS): Job {
  return {
    name: 'voucher',
    run: id => sendVoucher(deps, id),
    due: () => deps.db.withSystem(tx => store.vouchersToSend(tx, resendAfterMs, AT_ONCE)),
    sweepEveryMs: 2_000,
    concurrency: 4,
  }
}

/** Sending twice does no harm: the machine spends each order once. */
async function sendVoucher(deps: VoucherDeps, id: string): Promise<void> {
  const order = await deps.db.withSystem(tx => store.findOrder(tx, id))
  const voucher = order?.voucher ?? null
  if (order === undefined || voucher === null || order.seen) return
  if ((order.voucherExpiresAt?.getTime() ?? 0) <= deps.clock()) return
  await deps.db.withSystem(tx => store.setVoucherSent(tx, id))
  await deps.sendCommand(order.deviceId, { v: 1, type: 'voucher', voucher })
}
