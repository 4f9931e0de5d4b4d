/**
 * What the three machines of the demo sell and for how much, in minor units. Customers order by it
 * and the agents' settings are written from it. Times are short, so that a minute shows some sales.
 */
import { formatDecimal } from '@tillproof/shared/money/money.ts'

export const CURRENCY = 'CNY'

export const SHELF: Record<string, bigint> = { 1: 350n, 2: 400n, 3: 450n, 4: 600n, 5: 800n }

type TimedOffer = { item: string; minutes: number; amountMinor: bigint }

export const CHAIR_OFFERS: readonly [TimedOffer, ...TimedOffer[]] = [
  { item: 'massage-5', minutes: 5, amountMinor: 1000n },
  { item: 'massage-10', minutes: 10, amountMinor: 1800n },
]
/** A minute of the demo's timer box. */
export const CHAIR_MINUTE_MS = 800

export const CAR_OFFERS: readonly [TimedOffer, ...TimedOffer[]] = [
  { item: 'ride-short', minutes: 0.1, amountMinor: 1200n },
  { item: 'ride-long', minutes: 0.2, amountMinor: 2000n },
]

/** The offers as the agent's settings write them. */
export function asSettings(offers: readonly TimedOffer[]) {
  return offers.map(({ item, minutes, amountMinor }) => ({
    item,
    minutes,
    price: formatDecimal({ amountMinor, currency: CURRENCY }),
  }))
}
