/** What the watches remember, and the part of it that survives a power cut: text in the journal. */
import { z } from 'zod'
import type { ContactState } from './contacts.ts'
import type { MeterState } from './continuity.ts'
import { type StandState, UNPLACED } from './movement.ts'
import { NOWHERE, type PlaceState } from './places.ts'
import type { Replays } from './replays.ts'

export type WatchState = {
  contacts: Record<string, ContactState>
  /** Contacts that were looked at since the start. */
  seen: readonly string[]
  meters: Record<string, MeterState>
  places: Record<string, PlaceState>
  stand: StandState
  replays: Replays
  fixDueAtMs: number
  /** The sale that the last noted position belongs to. */
  fixSale: number | null
}

export const WATCH_KEY = 'watch'

const position = z.strictObject({
  latitudeE7: z.number().int(),
  longitudeE7: z.number().int(),
})
const saved = z.strictObject({
  contacts: z.record(
    z.string(),
    z.strictObject({ on: z.boolean(), sinceMs: z.number(), sold: z.number().int() }),
  ),
  meters: z.record(z.string(), z.string().regex(/^-?\d+$/)),
  inside: z.record(z.string(), z.boolean()),
  stands: position.nullable(),
})

/** Votes and times are for this run only. */
export function encodeWatch({ contacts, meters, places, stand }: WatchState): string {
  const inside = Object.entries(places).flatMap(([name, it]) =>
    it.inside === null ? [] : [[name, it.inside] as const],
  )
  const text: z.infer<typeof saved> = {
    contacts,
    meters: Object.fromEntries(Object.entries(meters).map(([name, it]) => [name, it.last])),
    inside: Object.fromEntries(inside),
    stands: stand.stands,
  }
  return JSON.stringify(text)
}

/** A text that cannot be read is as none: the watches begin from what they see. */
export function decodeWatch(text: string | undefined, nowMs: number): WatchState {
  const parsed = saved.safeParse(text === undefined ? undefined : parseJson(text))
  const kept = parsed.success ? parsed.data : NOTHING
  return {
    contacts: kept.contacts,
    seen: [],
    meters: mapped(kept.meters, last => ({ last, fallen: null })),
    places: mapped(kept.inside, inside => ({ ...NOWHERE, inside })),
    stand: { ...UNPLACED, stands: kept.stands },
    replays: [],
    fixDueAtMs: nowMs,
    fixSale: null,
  }
}

const NOTHING: z.infer<typeof saved> = { contacts: {}, meters: {}, inside: {}, stands: null }

function mapped<From, To>(record: Record<string, From>, to: (value: From) => To) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
