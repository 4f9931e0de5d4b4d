/**
 * From a payment company's signed word to a paid order: recorded once, with its leaf for the cloud
 * log and the voucher for the machine, in one transaction.
 */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import { parseDeviceId } from '@tillproof/shared/ids.ts'
import { issueVoucher } from '@tillproof/shared/wire/voucher.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Wake } from '../../platform/jobs/job.ts'
import { type OpenItemReason, openItem } from '../attest/open-items.ts'
import { type HeardOutcome, hearDispute, hearRefund } from '../refunds/hear.ts'
import { isPaidBack } from '../refunds/store.ts'
import type { DisputeFact, PaidFact, PaymentChannel, RefundFact, SignedMessage } from './channel.ts'
import { judgePayment } from './payment.ts'
import * as store from './store.ts'

export type PaymentsDeps = {
  db: Db
  /** By name; the first one takes new orders. */
  channels: readonly [PaymentChannel, ...PaymentChannel[]]
  /** Ed25519 seed that signs vouchers. */
  voucherKey: Uint8Array
  wake: Wake
  clock: () => number
  randomBytes: (length: number) => Uint8Array
  /** How long after the payment a machine honours the voucher. */
  voucherValidMs?: number
}

const VOUCHER_VALID_MS = 600_000
const LEAF_DOMAIN = utf8('tillproof/psp-message/v1\0')

export type MessageOutcome =
  | 'paid'
  | 'paid-late'
  | 'repeated'
  | 'conflict'
  | 'amount-differs'
  | HeardOutcome
  | 'unknown-order'
  | 'says-nothing'

/**
 * Keeps a verified message, committed when this resolves, and wakes the job that acts on it.
 * Answers the message's id.
 */
export async function receiveMessage(
  deps: PaymentsDeps,
  channel: string,
  source: 'notification' | 'query',
  message: SignedMessage,
): Promise<string> {
  const id = await deps.db.withSystem(tx =>
    store.storeMessage(tx, {
      ...message,
      channel,
      source,
      bodyHash: sha256(message.body),
      salt: deps.randomBytes(16),
    }),
  )
  deps.wake('payment-message', id)
  return id
}

/** Acts on a stored message, once: a second run finds it processed. */
export async function processMessage(deps: PaymentsDeps, id: string): Promise<void> {
  const order = await deps.db.withSystem(
    async tx => {
      const message = await store.lockMessage(tx, id)
      if (message === undefined || message.processed) return undefined
      const channel = deps.channels.find(each => each.name === message.channel)
      const fact = channel && factOf(channel, message.body)
      const locked = fact && (await store.lockOrder(tx, fact.orderId))
      // A company has a say over its own orders only.
      const order = locked?.channel === message.channel ? locked : undefined
      const outcome = await actOn(tx, deps, message, fact, order)
      await store.setProcessed(tx, id, outcome)
      return order
    },
    { idempotent: true },
  )
  if (order === undefined) return
  deps.wake('match', order.operatorId)
  if (order.delivery === 'downlink') deps.wake('voucher', order.id)
}

type Fact = PaidFact | RefundFact | DisputeFact

const factOf = (channel: PaymentChannel, body: Uint8Array): Fact | undefined =>
  channel.paidFactOf(body) ?? channel.refunds?.factOf(body) ?? channel.disputeFactOf?.(body)

async function actOn(
  tx: Tx,
  deps: PaymentsDeps,
  message: store.StoredMessage,
  fact: Fact | undefined,
  order: store.OrderRow | undefined,
): Promise<MessageOutcome> {
  if (fact === undefined) return 'says-nothing'
  if (order === undefined) return 'unknown-order'
  if ('refundId' in fact) return hearRefund(tx, order, fact)
  if ('disputeId' in fact) return hearDispute(tx, order, fact)
  const recorded = await store.findPayment(tx, order, fact.transactionId)
  const verdict = judgePayment(order, { ...fact, orderId: order.id }, recorded, deps.clock())
  switch (verdict.outcome) {
    case 'repeated':
      return 'repeated'
    case 'conflict':
      return openOver(tx, order, fact, 'payment-conflict', 'conflict')
    case 'amount-differs':
      // The company keeps to its word: asking on would bring the same answer for ever.
      await store.endOrder(tx, order.id, 'failed')
      return openOver(tx, order, fact, 'payment-amount-differs', 'amount-differs')
    case 'paid':
      await recordPayment(tx, deps, message, fact, order, verdict.late)
      return verdict.late ? openOver(tx, order, fact, 'payment-late', 'paid-late') : 'paid'
  }
}

async function openOver(
  tx: Tx,
  order: store.OrderRow,
  { amountMinor, currency }: Pick<PaidFact, 'amountMinor' | 'currency'>,
  reason: OpenItemReason,
  outcome: MessageOutcome,
): Promise<MessageOutcome> {
  const { operatorId, deviceId, id: orderId } = order
  await openItem(tx, { operatorId, deviceId, orderId, reason, amountMinor, currency })
  return outcome
}

async function recordPayment(
  tx: Tx,
  deps: PaymentsDeps,
  message: store.StoredMessage,
  fact: PaidFact,
  order: store.OrderRow,
  late: boolean,
): Promise<void> {
  await store.insertPayment(tx, order, fact, message.id)
  const useless = late || (await isPaidBack(tx, order.id))
  const voucher = useless ? null : voucherFor(deps, order)
  await store.setPaid(tx, order.id, new Date(fact.paidAtMs), voucher)
  await stageLeaf(tx, { type: 'psp-notification', body: messageLeaf(message), ref: order.id })
}

/** 32 bytes: the company's own bytes, blinded by the salt that is kept beside them. */
export const messageLeaf = ({ salt, body }: { salt: Uint8Array; body: Uint8Array }): Uint8Array =>
  sha256(LEAF_DOMAIN, salt, body)

function voucherFor(
  deps: PaymentsDeps,
  order: store.OrderRow,
): { text: string; expiresAt: Date } | null {
  const deviceId = parseDeviceId(order.deviceId)
  if (deviceId === undefined) return null
  const expiresAtMs = deps.clock() + (deps.voucherValidMs ?? VOUCHER_VALID_MS)
  const { id: orderId, amountMinor, currency, item, delivery } = order
  const fields = { orderId, deviceId, amountMinor, currency, item, expiresAtMs, delivery }
  return { text: issueVoucher(fields, deps.voucherKey), expiresAt: new Date(expiresAtMs) }
}
