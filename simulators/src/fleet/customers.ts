/**
 * Customers of a fleet: they arrive by a Poisson process, choose any machine, order and pay at the
 * payment company; the cloud sends the voucher down to the machine.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { newOrder, order } from '@tillproof/shared/api/money.ts'
import type { Api } from '../demo/api.ts'

export type CustomerCounts = { arrived: number; paid: number; turnedAway: number }

const prices = ['250', '300', '350', '450', '800']
const longestWaitMs = 60_000

/** Runs until `signal` aborts, then until the customers on their way have paid. */
export async function sendCustomers(options: {
  api: Api
  deviceIds: string[]
  /** Arrivals a second, over the whole fleet. */
  rate: number
  random: () => number
  signal: AbortSignal
}): Promise<CustomerCounts> {
  const { api, deviceIds, rate, random, signal } = options
  const counts: CustomerCounts = { arrived: 0, paid: 0, turnedAway: 0 }
  const visits: Promise<void>[] = []
  while (!signal.aborted) {
    const waitMs = Math.min(longestWaitMs, (-Math.log(1 - random()) / rate) * 1000)
    await sleep(waitMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    counts.arrived += 1
    const deviceId = choose(deviceIds, random)
    visits.push(visit(api, deviceId, choose(prices, random), counts))
  }
  await Promise.all(visits)
  return counts
}

async function visit(
  api: Api,
  deviceId: string,
  amountMinor: string,
  counts: CustomerCounts,
): Promise<void> {
  try {
    const wish = { deviceId, amountMinor, currency: 'CNY', item: 'A1', delivery: 'downlink' }
    const made = await api.post('/api/v1/orders', newOrder.parse(wish), order)
    const paid = await fetch(made.payUrl, { method: 'POST', signal: AbortSignal.timeout(20_000) })
    if (paid.ok) counts.paid += 1
    else counts.turnedAway += 1
  } catch {
    counts.turnedAway += 1
  }
}

function choose(from: string[], random: () => number): string {
  return from[Math.floor(random() * from.length)] ?? ''
}
