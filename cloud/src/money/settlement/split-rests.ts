/**
 * What is left frozen of orders that may be split. Before the company unfreezes it by itself, the
 * cloud asks how much is still frozen, and gives it to the merchant by a request of its own, whose
 * id is saved before the company hears of it. What is not what splitting left is an open item.
 */
import { randomUUID } from 'node:crypto'
import type { Tx } from '../../platform/db/db.ts'
import { openItem } from '../attest/open-items.ts'
import { DAY_MS } from '../payments/bill-calendar.ts'
import type { ChannelSplits } from '../payments/channel.ts'
import type { BillsDeps } from './bills.ts'

export type RestsDeps = Pick<BillsDeps, 'db' | 'channels' | 'clock'>

/** So long before the company does it, and so often while its word is doubtful. */
const AHEAD_MS = DAY_MS
const ASK_AGAIN_MS = 600_000
/** A cloud that was away this long still notices. */
const LATE_MS = 7 * DAY_MS
const NOTE = 'Rest after splitting'

type Rest = {
  operatorId: string
  orderId: string
  deviceId: string
  channel: string
  transactionId: string
  amountMinor: bigint
  /** What went back to the customer, or is on its way. */
  refundedMinor: bigint
  currency: string
  id: string
  frozenMinor: bigint | null
  isDone: boolean
}

/** Orders whose time has come, with a request saved for each. */
export async function restsDue(deps: RestsDeps, limit: number): Promise<string[]> {
  const nowMs = deps.clock()
  return deps.db.withSystem(
    async tx => {
      for (const { name, splits } of deps.channels) {
        if (splits === undefined) continue
        const paidBefore = new Date(nowMs - splits.unfreezesAfterMs + AHEAD_MS)
        await saveRequests(tx, name, paidBefore, limit)
      }
      const rows = await tx.query<{ id: string }>(
        `select order_id as id from unfreezes
          where done_at is null and coalesce(asked_at, '-infinity') < $1
          order by asked_at nulls first limit $2`,
        [new Date(nowMs - ASK_AGAIN_MS), limit],
      )
      return rows.map(row => row.id)
    },
    { idempotent: true },
  )
}

/** Of orders that the company still holds something of: later ones it has unfrozen long since. */
async function saveRequests(
  tx: Tx,
  channel: string,
  paidBefore: Date,
  limit: number,
): Promise<void> {
  const rows = await tx.query<{ operatorId: string; orderId: string; deviceId: string }>(
    `select p.operator_id as "operatorId", p.order_id as "orderId", p.device_id as "deviceId"
       from payments p
      where p.channel = $1 and p.paid_at < $2 and p.paid_at >= $3
        and not exists (select from unfreezes u where u.operator_id = p.operator_id
          and u.order_id = p.order_id)
      order by p.paid_at limit $4`,
    [channel, paidBefore, new Date(paidBefore.getTime() - LATE_MS), limit],
  )
  await tx.query(
    `insert into unfreezes (operator_id, order_id, device_id, id)
     select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) on conflict do nothing`,
    [
      rows.map(row => row.operatorId),
      rows.map(row => row.orderId),
      rows.map(row => row.deviceId),
      rows.map(() => randomUUID()),
    ],
  )
}

/** One step after another, each kept before the next; whatever is in doubt is asked about again. */
export async function releaseRest(deps: RestsDeps, orderId: string): Promise<void> {
  const { db, channels, clock } = deps
  const rest = await db.withSystem(tx => beginAsking(tx, orderId, new Date(clock())))
  const splits = channels.find(each => each.name === rest?.channel)?.splits
  if (rest === undefined || rest.isDone || splits === undefined) return
  const still = await splits.unsplit(rest.transactionId)
  if (!('ok' in still)) {
    // An order that was not placed to be split has nothing frozen.
    if (still.refused === 'rejected') await db.withSystem(tx => end(tx, rest, 'not-frozen-by-us'))
    return
  }
  const first = rest.frozenMinor ?? still.amountMinor
  if (rest.frozenMinor === null) await db.withSystem(tx => noteFrozen(tx, rest, first))
  if (still.amountMinor === 0n) {
    const outcome = first === 0n ? 'nothing-frozen' : 'released'
    return db.withSystem(tx => end(tx, rest, outcome))
  }
  if (await isReleased(splits, rest)) await db.withSystem(tx => end(tx, rest, 'released'))
}

/** Only the company's answer about the amount tells: it answers a used id as if it had worked. */
async function isReleased(splits: ChannelSplits, rest: Rest): Promise<boolean> {
  const asked = await splits.unfreeze(rest.id, rest.transactionId, NOTE)
  if (!('ok' in asked)) return false
  const left = await splits.unsplit(rest.transactionId)
  return 'ok' in left && left.amountMinor === 0n
}

async function beginAsking(tx: Tx, orderId: string, at: Date): Promise<Rest | undefined> {
  const [row] = await tx.query<Rest>(
    `update unfreezes u set asked_at = $2
       from payments p
      where u.order_id = $1 and p.order_id = u.order_id
     returning u.operator_id as "operatorId", u.order_id as "orderId", u.device_id as "deviceId",
               u.id, u.frozen_minor as "frozenMinor", u.done_at is not null as "isDone", p.channel,
               p.transaction_id as "transactionId", p.amount_minor as "amountMinor", p.currency,
               coalesce((select sum(r.amount_minor) from refunds r
                          where r.order_id = p.order_id and r.state <> 'refused'), 0)::int8
                 as "refundedMinor"`,
    [orderId, at],
  )
  return row
}

/** Nothing is split off by the cloud: all of the payment is frozen but what was refunded. */
async function noteFrozen(tx: Tx, rest: Rest, frozenMinor: bigint): Promise<void> {
  await tx.query(
    'update unfreezes set frozen_minor = $2 where order_id = $1 and frozen_minor is null',
    [rest.orderId, frozenMinor],
  )
  const { operatorId, deviceId, orderId, currency } = rest
  const off = frozenMinor - (rest.amountMinor - rest.refundedMinor)
  if (off === 0n) return
  const reason = 'frozen-amount-differs' as const
  await openItem(tx, { operatorId, reason, deviceId, orderId, amountMinor: off, currency })
}

async function end(
  tx: Tx,
  { orderId }: Rest,
  outcome: 'nothing-frozen' | 'released' | 'not-frozen-by-us',
): Promise<void> {
  await tx.query(
    `update unfreezes set done_at = asked_at, outcome = $2 where order_id = $1 and done_at is null`,
    [orderId, outcome],
  )
}
