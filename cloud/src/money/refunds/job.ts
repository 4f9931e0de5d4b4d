/**
 * Refunds on their way to the payment company: held in the book, asked for once under their saved
 * id, and asked about by it until the company has decided.
 */
import type { Db } from '../../platform/db/db.ts'
import type { Job, Wake } from '../../platform/jobs/job.ts'
import { openItem } from '../attest/open-items.ts'
import type { BookWriters } from '../ledger/writers.ts'
import type { PaymentChannel, RefundAnswer } from '../payments/channel.ts'
import { type PaymentsDeps, processMessage, receiveMessage } from '../payments/payments.ts'
import { holdShares } from './booking.ts'
import { stateAfter } from './refund.ts'
import * as store from './store.ts'

export type RefundJobDeps = { db: Db; writers: BookWriters; payments: PaymentsDeps; wake: Wake }

const AT_ONCE = 200
const ASK_AFTER_MS = 10_000

/** id: a refund that the company has not decided. */
export function refundJob(deps: RefundJobDeps, askAfterMs: number = ASK_AFTER_MS): Job {
  return {
    name: 'refund',
    run: id => advance(deps, id),
    due: () => deps.db.withSystem(tx => store.refundsToAsk(tx, askAfterMs, AT_ONCE)),
    sweepEveryMs: 2_000,
    concurrency: 2,
  }
}

/** Killed between any two steps, the next run goes on from what is saved. */
async function advance(deps: RefundJobDeps, id: string): Promise<void> {
  const { db, payments, wake } = deps
  const found = await db.withSystem(tx => store.findRefund(tx, id))
  if (found === undefined || found.decidedAt !== null) return
  if (found.state === 'requested' && !(await holdShares(deps, found))) return
  const refund = await db.withSystem(tx => store.beginAsking(tx, id))
  if (refund === undefined || refund.decidedAt !== null || isTold(refund)) return
  const channel = payments.channels.find(each => each.name === refund.channel)
  const answer = await ask(deps, channel, refund)
  if ('ok' in answer) {
    const { channel: name } = refund
    const message = await receiveMessage(payments, name, 'query', answer.message)
    await processMessage(payments, message)
  } else {
    await noteRefusal(deps, refund, answer)
  }
  wake('clear', refund.operatorId)
}

/** What the company alone speaks of. */
const isTold = ({ cause }: store.RefundRow): boolean =>
  cause === 'company' || cause === 'chargeback'

async function ask(
  { db }: RefundJobDeps,
  channel: PaymentChannel | undefined,
  refund: store.RefundRow,
): Promise<RefundAnswer> {
  if (channel?.refunds === undefined) {
    return { refused: 'rejected', detail: `${refund.channel} is not set up to pay back` }
  }
  if (refund.state !== 'requested') return channel.refunds.query(refund.id)
  const paid = await db.withSystem(tx => store.findPaid(tx, refund.orderId))
  if (paid === undefined) return { refused: 'rejected', detail: 'nothing was paid' }
  const { id, orderId, amountMinor, currency, reason } = refund
  const asked = { id, orderId, amountMinor, currency, reason, paidMinor: paid.amountMinor }
  return channel.refunds.request(asked)
}

async function noteRefusal(
  { db }: RefundJobDeps,
  { id, operatorId, deviceId, orderId, amountMinor, currency }: store.RefundRow,
  { refused, detail }: Exclude<RefundAnswer, { ok: true }>,
): Promise<void> {
  const heard = refused === 'unknown' ? 'no-answer' : refused
  await db.withSystem(
    async tx => {
      const now = await store.lockRefund(tx, id)
      if (now === undefined) return
      const state = stateAfter(now.state, heard)
      await store.setState(tx, id, state, { detail })
      if (state !== 'refused') return
      const item = { operatorId, deviceId, orderId, amountMinor, currency }
      await openItem(tx, { reason: 'refund-failed', ...item })
    },
    { idempotent: true },
  )
}
