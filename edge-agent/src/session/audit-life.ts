/** What is kept of an audit so that the next one can be held against it: text in the journal. */
import type { MeterLife } from '@tillproof/firmware-bridge/eva-dts/epoch.ts'
import { z } from 'zod'

/** Key under which the journal keeps the life of the meters behind a port. */
export function lifeKeyOf(port: string): string {
  return `audit.${port}`
}

const life = z.strictObject({
  serial: z.string(),
  initialisedAt: z.string().nullable(),
  meters: z.record(z.string(), z.string().regex(/^-?\d{1,15}$/)),
})

export function encodeLife({ machine, meters, events }: MeterLife): string {
  const text: z.infer<typeof life> = {
    serial: machine.serial,
    initialisedAt: events.find(({ kind }) => kind === 'initialised')?.at ?? null,
    meters: Object.fromEntries([...meters].map(([name, value]) => [name, String(value)])),
  }
  return JSON.stringify(text)
}

/** Null without a text, and for one that nobody can read: then a new comparison begins. */
export function decodeLife(text: string | undefined): MeterLife | null {
  const parsed = life.safeParse(text === undefined ? undefined : parseJson(text))
  if (!parsed.success) return null
  const { serial, initialisedAt, meters } = parsed.data
  const entries = Object.entries(meters).map(([name, value]) => [name, BigInt(value)] as const)
  return {
    machine: { serial },
    meters: new Map(entries),
    events: [{ kind: 'initialised', at: initialisedAt }],
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
