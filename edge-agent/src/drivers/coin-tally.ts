/**
 * Coins of an acceptor as meters of ours: how many of each coin number since the agent came, and
 * how many events nobody will ever know; where the coins' values are known, also how much money it
 * is. The acceptor's counter and the tally are on the disk in
 * one transaction, so that a coin is counted once, whatever breaks off.
 */
import { type CreditReport, readCredits } from '@tillproof/firmware-bridge/cctalk/credits.ts'
import { z } from 'zod'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog } from '../ports/port.ts'
import type { CoinValues } from './line.ts'

const tally = z.strictObject({
  /** The acceptor's own, of its last answer that was counted. */
  counter: z.number().int().min(0).max(255).nullable(),
  /** By coin number. */
  coins: z.record(z.string(), z.number().int().min(0)),
  lost: z.number().int().min(0),
  /** Minor units, decimal text; absent while nobody told what coins are worth. */
  cashIn: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
  /** Coins that are not in `cashIn`, for want of a value. */
  unvalued: z.number().int().min(0).default(0),
})
type Tally = z.infer<typeof tally>

const NOTHING: Tally = { counter: null, coins: {}, lost: 0, unvalued: 0 }

export type CoinTally = {
  /** Answers are counted one after the other. */
  hear(buffered: Uint8Array, values?: CoinValues): void
  idle(): Promise<void>
}

export type TallyDeps = { store: EventStore; log: PortLog; currency: string }

export function countCoins(deps: TallyDeps, port: string): CoinTally {
  const key = `coins.${port}`
  let known: Tally | undefined
  let tail: Promise<void> = Promise.resolve()

  async function count(buffered: Uint8Array, values?: CoinValues): Promise<void> {
    known ??= readTally(await deps.store.readState(key))
    const report = readCredits(known.counter, buffered)
    if (report === undefined || report.counter === known.counter) return
    const next = added(known, report, values)
    const isNews = report.events.length > 0 || report.lost > 0
    const events = isNews ? [meterRead(port, next, deps.currency)] : []
    const result = await deps.store.append({ events, state: { [key]: JSON.stringify(next) } })
    // Not kept: counted again from the acceptor's next answer.
    if (result.ok) known = next
    else deps.log.warn({ port, refused: result.refused }, 'coins not counted yet')
  }

  return {
    hear(buffered, values) {
      tail = tail
        .then(() => count(buffered, values))
        .catch((err: unknown) => deps.log.error({ port, err }, 'coins not counted'))
    },
    idle: () => tail,
  }
}

function readTally(text: string | undefined): Tally {
  if (text === undefined) return NOTHING
  const parsed = tally.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : NOTHING
}

function added(before: Tally, { counter, events, lost }: CreditReport, values?: CoinValues): Tally {
  const coins = { ...before.coins }
  let { cashIn, unvalued } = before
  for (const event of events) {
    if (event.kind !== 'coin') continue
    coins[event.coin] = (coins[event.coin] ?? 0) + 1
    const value = values?.[event.coin]
    if (value === undefined) unvalued += values === undefined ? 0 : 1
    else cashIn = String(BigInt(cashIn ?? 0) + value)
  }
  const counted = { counter, coins, lost: before.lost + lost, unvalued }
  return cashIn === undefined ? counted : { ...counted, cashIn }
}

function meterRead(port: string, { coins, lost, cashIn, unvalued }: Tally, currency: string) {
  const meters: Record<string, bigint> = {}
  for (const [coin, count] of Object.entries(coins)) meters[`coin${coin}`] = BigInt(count)
  meters.coinsLost = BigInt(lost)
  if (unvalued > 0) meters.coinsUnvalued = BigInt(unvalued)
  if (cashIn !== undefined) meters.cashIn = BigInt(cashIn)
  const detail: Record<string, number | string> = {}
  for (const name of Object.keys(meters)) detail[`bits.${name}`] = 63
  if (cashIn !== undefined) detail['unit.cashIn'] = currency
  return { kind: 'meter.read' as const, fields: { port, meters, detail } }
}
