/**
 * Coins of an acceptor as meters of ours: how many of each coin number since the agent came, and
 * how many events nobody will ever know. The acceptor's counter and the tally are on the disk in
 * one transaction, so that a coin is counted once, whatever breaks off.
 */
import { type CreditReport, readCredits } from '@tillproof/firmware-bridge/cctalk/credits.ts'
import { z } from 'zod'
import type { EventStore } from '../journal/event-store.ts'
import type { PortLog } from '../ports/port.ts'

const tally = z.strictObject({
  /** The acceptor's own, of its last answer that was counted. */
  counter: z.number().int().min(0).max(255).nullable(),
  /** By coin number. */
  coins: z.record(z.string(), z.number().int().min(0)),
  lost: z.number().int().min(0),
})
type Tally = z.infer<typeof tally>

const NOTHING: Tally = { counter: null, coins: {}, lost: 0 }

export type CoinTally = {
  /** Answers are counted one after the other. */
  hear(buffered: Uint8Array): void
  idle(): Promise<void>
}

export function countCoins(deps: { store: EventStore; log: PortLog }, port: string): CoinTally {
  const key = `coins.${port}`
  let known: Tally | undefined
  let tail: Promise<void> = Promise.resolve()

  async function count(buffered: Uint8Array): Promise<void> {
    known ??= readTally(await deps.store.readState(key))
    const report = readCredits(known.counter, buffered)
    if (report === undefined || report.counter === known.counter) return
    const next = added(known, report)
    const isNews = report.events.length > 0 || report.lost > 0
    const events = isNews ? [meterRead(port, next)] : []
    const result = await deps.store.append({ events, state: { [key]: JSON.stringify(next) } })
    // Not kept: counted again from the acceptor's next answer.
    if (result.ok) known = next
    else deps.log.warn({ port, refused: result.refused }, 'coins not counted yet')
  }

  return {
    hear(buffered) {
      tail = tail
        .then(() => count(buffered))
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

function added(before: Tally, { counter, events, lost }: CreditReport): Tally {
  const coins = { ...before.coins }
  for (const event of events) {
    if (event.kind === 'coin') coins[event.coin] = (coins[event.coin] ?? 0) + 1
  }
  return { counter, coins, lost: before.lost + lost }
}

function meterRead(port: string, { coins, lost }: Tally) {
  const counts = Object.entries(coins).map(([coin, count]) => [`coin${coin}`, BigInt(count)])
  const meters: Record<string, bigint> = Object.fromEntries([
    ...counts,
    ['coinsLost', BigInt(lost)],
  ])
  const widths = Object.keys(meters).map(name => [`bits.${name}`, 63])
  return {
    kind: 'meter.read' as const,
    fields: { port, meters, detail: Object.fromEntries(widths) },
  }
}
