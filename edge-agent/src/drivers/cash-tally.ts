/**
 * Coins and notes of a changer and a validator as meters of ours: how many were taken, how much
 * money that is, how much was paid out by hand. Each is told once and has no number, so what the
 * line lost is not known; what was heard is on the disk before the next is counted.
 */
import type { CashNews } from '@tillproof/firmware-bridge/mdb/cash-news.ts'
import { z } from 'zod'
import type { TallyDeps } from './coin-tally.ts'

const count = z.number().int().min(0)
/** Minor units, decimal text. */
const minor = z.string().regex(/^\d{1,18}$/)
const purse = z.strictObject({
  coins: count,
  notes: count,
  cashIn: minor,
  cashOut: minor,
  /** Taken, and nobody knows what it is worth. */
  unvalued: count,
})
type Purse = z.infer<typeof purse>

const EMPTY: Purse = { coins: 0, notes: 0, cashIn: '0', cashOut: '0', unvalued: 0 }

export type CashTally = { hear(news: CashNews): void; idle(): Promise<void> }

export function countCash(deps: TallyDeps, port: string): CashTally {
  const key = `cash.${port}`
  let known: Purse | undefined
  let tail: Promise<void> = Promise.resolve()

  async function add(news: CashNews): Promise<void> {
    known ??= readPurse(await deps.store.readState(key))
    const next = withNews(known, news)
    if (next === null) return
    // Counted here even when the disk is full: the next one that is written brings it along.
    known = next
    const event = meterRead(port, next, deps.currency)
    const state = { [key]: JSON.stringify(next) }
    const result = await deps.store.append({ events: [event], state })
    if (!result.ok) deps.log.warn({ port, refused: result.refused }, 'cash not recorded yet')
  }

  return {
    hear(news) {
      tail = tail
        .then(() => add(news))
        .catch((err: unknown) => deps.log.error({ port, err }, 'cash not recorded'))
    },
    idle: () => tail,
  }
}

function readPurse(text: string | undefined): Purse {
  if (text === undefined) return EMPTY
  const parsed = purse.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : EMPTY
}

/** Null: nothing was kept or given. A note in escrow may still go back. */
function withNews(before: Purse, news: CashNews): Purse | null {
  switch (news.kind) {
    case 'coin': {
      const isKept = news.route === 'cash-box' || news.route === 'tube'
      return isKept ? taken({ ...before, coins: before.coins + 1 }, news.value) : null
    }
    case 'bill': {
      const isKept = news.route === 'stacked' || news.route === 'recycler'
      return isKept ? taken({ ...before, notes: before.notes + 1 }, news.value) : null
    }
    case 'coins-out': {
      const given = news.value?.minor ?? 0n
      return { ...before, cashOut: String(BigInt(before.cashOut) + given) }
    }
    case 'cash-device':
    case 'trouble':
      return null
  }
}

function taken(before: Purse, value: { minor: bigint | null } | null): Purse {
  const worth = value?.minor ?? null
  if (worth === null) return { ...before, unvalued: before.unvalued + 1 }
  return { ...before, cashIn: String(BigInt(before.cashIn) + worth) }
}

function meterRead(port: string, told: Purse, currency: string) {
  const meters: Record<string, bigint> = {
    coins: BigInt(told.coins),
    notes: BigInt(told.notes),
    cashIn: BigInt(told.cashIn),
    cashOut: BigInt(told.cashOut),
    cashUnvalued: BigInt(told.unvalued),
  }
  const detail: Record<string, number | string> = { 'unit.cashIn': currency }
  detail['unit.cashOut'] = currency
  for (const name of Object.keys(meters)) detail[`bits.${name}`] = 63
  return { kind: 'meter.read' as const, fields: { port, meters, detail } }
}
