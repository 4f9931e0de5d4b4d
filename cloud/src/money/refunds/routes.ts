/** Refunds over HTTP: asked for by the operator, seen by whoever sees the money. */
import { randomUUID } from 'node:crypto'
import { id, listOf, page } from '@tillproof/shared/api/fields.ts'
import { newRefund, type Refund, refund } from '@tillproof/shared/api/refunds.ts'
import { z } from 'zod'
import type { Db, Tx } from '../../platform/db/db.ts'
import {
  defineRoute,
  problem,
  type Refused,
  type Route,
  type Session,
} from '../../platform/http/route.ts'
import type { Wake } from '../../platform/jobs/job.ts'
import * as store from './store.ts'

export type RefundRoutesDeps = {
  wake: Wake
  /** Names of the payment companies that pay back. */
  channels: readonly string[]
}

export function refundRoutes(deps: RefundRoutesDeps): Route[] {
  return [create(deps), list(), show()]
}

function create(deps: RefundRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/refunds',
    summary: 'Pay a customer back for a sale, in full or in part',
    access: { roles: ['admin'], kinds: ['operator'] },
    body: newRefund,
    response: refund,
    status: 201,
    async handle({ db, session, body }) {
      const wanted = { ...body, id: body.id ?? randomUUID(), amountMinor: BigInt(body.amountMinor) }
      const found = await findSale(db, session, wanted.saleId)
      if ('refused' in found) return found
      if (!deps.channels.includes(found.channel)) return PROBLEMS['cannot-pay-back']
      const asked = await db.withSystem(tx => askFor(tx, session, found, wanted))
      if (typeof asked === 'string') return PROBLEMS[asked]
      deps.wake('refund', asked.id)
      return refundOf(asked)
    },
  })
}

async function findSale(
  db: Db,
  { organisation }: Session,
  saleId: string,
): Promise<store.PaidSale | Refused> {
  const { isThere, paid } = await db.withTenant(organisation.id, async tx => ({
    isThere: await store.isSale(tx, saleId),
    paid: await store.findPaidSale(tx, saleId),
  }))
  if (!isThere) return PROBLEMS['sale-unknown']
  return paid?.operatorId === organisation.id ? paid : PROBLEMS['not-paid']
}

type Wanted = { id: string; amountMinor: bigint; reason: string }
type AskRefusal = 'id-taken' | 'too-much'

/** Saves the id before the company hears of it; the payment is locked, so that none is too much. */
async function askFor(
  tx: Tx,
  { userId }: Session,
  { state, saleId, ...sale }: store.PaidSale,
  { id, amountMinor, reason }: Wanted,
): Promise<store.RefundRow | AskRefusal> {
  await tx.query('select from orders where id = $1 for update', [sale.orderId])
  const known = await store.findRefund(tx, id)
  if (known !== undefined) {
    const isSame = known.orderId === sale.orderId && known.amountMinor === amountMinor
    return isSame && known.reason === reason ? known : 'id-taken'
  }
  const left = await store.leftOfPayment(tx, sale.orderId)
  if (amountMinor <= 0n || amountMinor > (left ?? 0n)) return 'too-much'
  await store.insertRefund(tx, {
    ...{ ...sale, id, amountMinor, reason, askedBy: userId },
    // What the machine did not sell takes back from no sale.
    saleId: state === 'failed' ? null : saleId,
    cause: 'operator',
    state: 'requested',
  })
  return (await store.findRefund(tx, id)) ?? 'id-taken'
}

function list(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/refunds',
    summary: 'Refunds, newest first, of one order where it is named',
    access: 'session',
    query: page.extend({ orderId: id.optional() }),
    response: listOf(refund),
    async handle({ db, session, query }) {
      const before = query.before === undefined ? null : readCursor(query.before)
      if (before === undefined) return PROBLEMS['bad-cursor']
      const rows = await db.withTenant(session.organisation.id, tx =>
        store.listRefunds(tx, { orderId: query.orderId ?? null, before, limit: query.limit }),
      )
      const last = rows.length === query.limit ? rows.at(-1) : undefined
      const next = last === undefined ? null : `${last.requestedAt.getTime()}~${last.id}`
      return { items: rows.map(refundOf), next }
    },
  })
}

function show(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/refunds/:id',
    summary: 'How a refund stands',
    access: 'session',
    params: z.object({ id }),
    response: refund,
    async handle({ db, session, params }) {
      const row = await db.withTenant(session.organisation.id, tx =>
        store.findRefund(tx, params.id),
      )
      return row === undefined ? PROBLEMS['refund-unknown'] : refundOf(row)
    },
  })
}

const refundOf = ({ amountMinor, feeMinor, currency, ...row }: store.RefundRow): Refund => ({
  id: row.id,
  saleId: row.saleId as Refund['saleId'],
  orderId: row.orderId,
  deviceId: row.deviceId,
  channel: row.channel,
  amount: { amountMinor: String(amountMinor), currency },
  fee: { amountMinor: String(feeMinor), currency },
  cause: row.cause,
  reason: row.reason,
  state: row.state,
  companyId: row.companyId,
  detail: row.detail,
  requestedAt: row.requestedAt.toISOString(),
  decidedAt: row.decidedAt?.toISOString() ?? null,
  bookedAt: row.bookedAt?.toISOString() ?? null,
})

/** undefined when the text is not one of our cursors. */
function readCursor(text: string): store.RefundPage['before'] | undefined {
  const [ms = '', last = ''] = text.split('~')
  const isOurs = /^\d{1,15}$/.test(ms) && id.safeParse(last).success
  return isOurs ? { at: new Date(Number(ms)), id: last } : undefined
}

const PROBLEMS = {
  'sale-unknown': problem(
    404,
    'sale.unknown',
    'There is no such sale, or you may not see it.',
    'Reload the list of sales.',
  ),
  'not-paid': problem(
    409,
    'refund.not-paid',
    'No payment of a payment company belongs to this sale of your machines.',
    'Pay back cash at the machine; look at the sale for how it was paid.',
  ),
  'cannot-pay-back': problem(
    409,
    'refund.channel',
    'This payment company is not set up to pay back.',
    'Pay back at the company itself; what it tells of that is booked.',
  ),
  'id-taken': problem(
    409,
    'refund.id-taken',
    'Another refund has this id.',
    'Choose a new id, or ask with the same sale, amount and reason.',
  ),
  'too-much': problem(
    409,
    'refund.too-much',
    'It is not more than nothing, or more than is left of the payment.',
    'Look at the refunds of the sale, and ask for no more than the rest.',
  ),
  'refund-unknown': problem(
    404,
    'refund.unknown',
    'There is no such refund, or you may not see it.',
    'Choose one from the list of refunds.',
  ),
  'bad-cursor': problem(
    400,
    'page.cursor',
    'This is not a page of the list.',
    'Begin with the first page.',
  ),
} satisfies Record<string, Refused>
