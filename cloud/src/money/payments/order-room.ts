/**
 * Room for orders at a machine. Orders are free and need no account, so a limit that all visitors
 * share could be used up by anybody; what is limited is one visitor, a client address at a machine,
 * and nobody is refused for what others left unpaid. One who has many unpaid orders there gets his
 * next all the same, and his oldest is closed at the payment company. Counted in this process.
 */
import { rateLimit } from '../../platform/http/rate-limit.ts'
import { type PaymentsDeps, receiveMessage } from './payments.ts'
import * as store from './store.ts'

/** A few phones may share an address, and each may ask again after a change of mind. */
const MOST_UNPAID = 10
/** Closings of one visitor; faster than that nobody changes his mind. */
const CLOSED_PER_MINUTE = 10
const MOST_VISITORS = 50_000

export type OrderRoom = {
  /** Closes the visitor's oldest unpaid order where he has the most; false when he is too fast. */
  make(visitor: string): Promise<boolean>
  /** To be told of each order made. */
  took(visitor: string, orderId: string): void
}

export const visitorOf = (deviceId: string, address: string): string => `${deviceId} ${address}`

export function orderRoom(deps: PaymentsDeps): OrderRoom {
  const closings = rateLimit({ limit: CLOSED_PER_MINUTE, windowMs: 60_000 })
  const ordersOf = new Map<string, string[]>()
  return {
    async make(visitor) {
      const known = ordersOf.get(visitor) ?? []
      if (known.length < MOST_UNPAID) return true
      const unpaid = await deps.db.withSystem(tx => store.unpaidOf(tx, known))
      ordersOf.set(visitor, unpaid)
      const [oldest] = unpaid
      if (oldest === undefined || unpaid.length < MOST_UNPAID) return true
      if (!closings.allows(visitor)) return false
      ordersOf.set(visitor, unpaid.slice(1))
      await giveUp(deps, oldest)
      return true
    },
    took(visitor, orderId) {
      const known = ordersOf.get(visitor) ?? []
      // Anew, so that the first in the map is the one who was not here for the longest time.
      ordersOf.delete(visitor)
      ordersOf.set(visitor, [...known, orderId])
      const [longest] = ordersOf.keys()
      if (ordersOf.size > MOST_VISITORS && longest !== undefined) ordersOf.delete(longest)
    },
  }
}

/** Ends an order only when the company itself says, after the closing, that nobody paid. */
async function giveUp(deps: PaymentsDeps, orderId: string): Promise<void> {
  const order = await deps.db.withSystem(tx => store.findOrder(tx, orderId))
  const channel = deps.channels.find(({ name }) => name === order?.channel)
  if (order?.state !== 'created' || channel === undefined) return
  await channel.closeOrder?.(orderId)
  const answer = await channel.query(orderId)
  if (answer.state === 'paid') await receiveMessage(deps, order.channel, 'query', answer.message)
  if (answer.state === 'expired') {
    await deps.db.withSystem(tx => store.endOrder(tx, orderId, 'expired'))
  }
}
