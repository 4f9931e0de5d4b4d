/** What a customer's phone and a payment company reach without signing in. */
import { randomUUID } from 'node:crypto'
import { id } from '@tillproof/shared/api/fields.ts'
import { newOrder, order } from '@tillproof/shared/api/money.ts'
import { z } from 'zod'
import { clientAddress } from '../../platform/http/client-address.ts'
import { defineRoute, problem, type Refused, type Route } from '../../platform/http/route.ts'
import type { PaymentChannel } from './channel.ts'
import { orderRoom, visitorOf } from './order-room.ts'
import { type PaymentsDeps, receiveMessage } from './payments.ts'
import * as store from './store.ts'

const ORDER_VALID_MS = 900_000

export type PaymentRoutesDeps = PaymentsDeps & {
  /** Orders a minute and client address; many phones may share one address. */
  ordersPerMinute?: number
}

export function paymentRoutes(deps: PaymentRoutesDeps): Route[] {
  return [create(deps), show(deps), ...deps.channels.map(channel => notify(deps, channel))]
}

function create(deps: PaymentRoutesDeps): Route {
  const room = orderRoom(deps)
  return defineRoute({
    method: 'post',
    path: '/api/v1/orders',
    summary: 'Ask to pay for something at a machine',
    access: 'public',
    limitPerMinute: deps.ordersPerMinute ?? 300,
    body: newOrder,
    response: order,
    status: 201,
    async handle({ body, req }) {
      const amountMinor = BigInt(body.amountMinor)
      if (amountMinor <= 0n || amountMinor > MOST_MINOR) return badAmount()
      const target = await deps.db.withSystem(tx => store.findTarget(tx, body.deviceId))
      const refused = refuseTarget(target)
      if (target === undefined || refused !== undefined) return refused ?? noDevice()
      const visitor = visitorOf(body.deviceId, clientAddress(req))
      if (!(await room.make(visitor))) return tooMany()
      const { payer, ...rest } = body
      const wanted = { ...rest, amountMinor, operatorId: target.operatorId }
      const placed = await placeOrder(deps, wanted, payer)
      if ('id' in placed) room.took(visitor, placed.id)
      return placed
    },
  })
}

const MOST_MINOR = 10n ** 12n

type Wanted = Pick<
  store.NewOrderRow,
  'operatorId' | 'deviceId' | 'amountMinor' | 'currency' | 'item' | 'delivery'
>

/** The id is saved before the company hears of it, so that no payment can come back unknown. */
async function placeOrder(deps: PaymentRoutesDeps, wanted: Wanted, payer: string | undefined) {
  const [channel] = deps.channels
  const createdAt = new Date(deps.clock())
  const expiresAt = new Date(createdAt.getTime() + ORDER_VALID_MS)
  const row = { ...wanted, id: randomUUID(), channel: channel.name, createdAt, expiresAt }
  await deps.db.withSystem(tx => store.insertOrder(tx, row))
  const expiresAtMs = expiresAt.getTime()
  const created = await channel.createOrder({ ...row, expiresAtMs, ...(payer && { payer }) })
  if (!('ok' in created)) {
    await deps.db.withSystem(tx => store.endOrder(tx, row.id, 'failed'))
    return channelDown(created.detail)
  }
  await deps.db.withSystem(tx => store.setPayUrl(tx, row.id, created.payUrl))
  const { id: orderId, deviceId, item, amountMinor, currency } = row
  const amount = { amountMinor: amountMinor.toString(), currency }
  const state = 'created' as const
  const { payUrl, inApp } = created
  const placed = { id: orderId, deviceId, item, amount, state, payUrl, voucher: null }
  return inApp === undefined ? placed : { ...placed, inApp }
}

function show(deps: PaymentRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/orders/:id',
    summary: 'How an order stands, and its voucher once paid',
    access: 'public',
    limitPerMinute: 6_000,
    params: z.object({ id }),
    response: order,
    async handle({ params }) {
      const row = await deps.db.withSystem(tx => store.findOrder(tx, params.id))
      return row === undefined ? noOrder() : orderOf(row, deps.clock())
    },
  })
}

/** The voucher is shown to a phone only, and only until it is used or too old to be. */
function orderOf(row: store.OrderRow, nowMs: number) {
  const usable = !row.seen && (row.voucherExpiresAt?.getTime() ?? 0) > nowMs
  return {
    id: row.id,
    deviceId: row.deviceId,
    amount: { amountMinor: row.amountMinor.toString(), currency: row.currency },
    item: row.item,
    state: row.state,
    payUrl: row.payUrl ?? '',
    voucher: row.delivery === 'scanner' && usable ? row.voucher : null,
  }
}

function notify(deps: PaymentRoutesDeps, channel: PaymentChannel): Route {
  return defineRoute({
    method: 'post',
    path: `/webhooks/${channel.name}`,
    summary: `Signed notifications of the payment company ${channel.name}`,
    access: 'public',
    raw: true,
    limitPerMinute: 12_000,
    async handle({ raw, req }) {
      if (raw.length > MOST_NOTIFICATION_BYTES) return unbelieved('too-large')
      const headers = Object.fromEntries(
        Object.entries(req.headers).map(([name, value]) => [name, String(value)]),
      )
      const read = channel.readNotification(headers, raw)
      if (!('ok' in read)) return unbelieved(read.refused)
      await receiveMessage(deps, channel.name, 'notification', read.message)
      return undefined
    },
  })
}

const MOST_NOTIFICATION_BYTES = 65_536

function refuseTarget(target: store.OrderTarget | undefined): Refused | undefined {
  if (target === undefined) return noDevice()
  if (target.status !== 'active') {
    return problem(409, 'device.inactive', 'This machine is out of service.', 'Try another one.')
  }
  return undefined
}

const tooMany = (): Refused =>
  problem(
    429,
    'order.too-many',
    'Too many orders from your address at this machine wait to be paid.',
    'Pay one of them, or try again in a minute.',
  )

const noDevice = (): Refused =>
  problem(404, 'device.unknown', 'There is no such machine.', 'Scan the code on it again.')

const noOrder = (): Refused =>
  problem(404, 'order.unknown', 'There is no such order.', 'Order again at the machine.')

const badAmount = (): Refused =>
  problem(
    400,
    'order.amount',
    'The amount must be more than nothing and not absurdly large.',
    'Give a positive number of minor units.',
  )

const channelDown = (detail: string): Refused =>
  problem(
    502,
    'order.channel-down',
    `The payment company did not take the order (${detail}).`,
    'Nothing was charged; order again in a moment.',
  )

const unbelieved = (reason: string): Refused =>
  problem(
    401,
    'notification.refused',
    `The notification is not believed: ${reason}.`,
    'Sign the body as it is sent, with the time of sending.',
  )
