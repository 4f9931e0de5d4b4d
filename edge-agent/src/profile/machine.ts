/**
 * The `machine` part of an agent.yaml, and the machine that it and its profile make: which lines
 * there are, what is sold for how much, where it may stand.
 */
import { parseDecimal } from '@tillproof/shared/money/money.ts'
import { z } from 'zod'
import { type DriverTraits, traitsOf } from './driver-traits.ts'
import { currencyCode, decimal, name, type Offer, offer } from './fields.ts'
import { type LoadedProfile, loadMachineProfile } from './load.ts'
import type { ProfilePort } from './schema.ts'

const line = z
  .strictObject({
    /** Device path of a serial line, best one of /dev/serial/by-id. */
    path: z.string().min(1).optional(),
    baud: z.number().int().min(300).max(4_000_000).optional(),
    /** Or `host:port`. */
    tcp: z
      .string()
      .regex(/^[^:\s]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'write host:port')
      .optional(),
    unitId: z.number().int().min(0).max(255).optional(),
  })
  .refine(it => (it.path === undefined) !== (it.tcp === undefined), 'give a path or tcp')

/** Degrees on WGS 84. */
const latitude = z.number().min(-90).max(90)
const longitude = z.number().min(-180).max(180)
const circle = z.strictObject({
  latitude,
  longitude,
  radiusMetres: z.number().min(20).max(1_000_000),
})
/** Corners in order, either way round: `[latitude, longitude]` each. */
const polygon = z.strictObject({
  corners: z
    .array(z.tuple([latitude, longitude]))
    .min(3)
    .max(100),
})

export const machineSettings = z.strictObject({
  /** Name of a profile that comes with the agent, or the path of one's own. */
  profile: z.string().min(1),
  currency: currencyCode.default('CNY'),
  ports: z.record(name, line).default({}),
  offers: z.array(offer).min(1).max(50).optional(),
  /** Nothing dearer is sold here; the profile's own limit holds as well. */
  maxPrice: decimal.optional(),
  /** Where it belongs; leaving and coming back are noted. */
  fence: z.union([circle, polygon]).optional(),
})
/** As an agent.yaml says it. */
export type MachineSettings = z.input<typeof machineSettings>

export type LineSettings = { unitId: number } & (
  | { kind: 'serial'; path: string; baud: number }
  | { kind: 'tcp'; host: string; port: number }
)
export type Fence = z.output<typeof circle> | z.output<typeof polygon>

/** Settings and profile together, checked against each other. */
export type Machine = LoadedProfile & {
  currency: string
  /** The ports of the profile that this machine has. */
  lines: Record<string, LineSettings>
  offers: Offer[]
  maxPriceMinor: bigint | null
  fence: Fence | null
}

type Given = z.output<typeof machineSettings>

/**
 * `folder`: what a profile's path is relative to. Throws the coded errors of the profile; what the
 * settings lack comes back as faults, each with its place.
 */
export function machineOf(
  given: Given,
  folder: string,
): { machine: Machine; faults: [] } | { machine: null; faults: string[] } {
  const loaded = loadMachineProfile(given.profile, folder)
  const faults = [...portFaults(given, loaded), ...offerFaults(given, loaded)]
  if (faults.length > 0) return { machine: null, faults }
  const lines = Object.entries(given.ports).flatMap(([port, line]) => {
    const wanted = loaded.profile.ports[port]
    return wanted === undefined ? [] : [[port, lineOf(line, wanted)] as const]
  })
  const machine = {
    ...loaded,
    currency: given.currency,
    lines: Object.fromEntries(lines),
    offers: offersOf(given, loaded),
    maxPriceMinor: maxPriceOf(given, loaded),
    fence: given.fence ?? null,
  }
  return { machine, faults: [] }
}

function portFaults({ ports, profile: said }: Given, { profile }: LoadedProfile): string[] {
  const unknown = Object.keys(ports).filter(port => profile.ports[port] === undefined)
  const names = Object.keys(profile.ports).join(', ') || 'none'
  const faults = unknown.map(port => `machine.ports.${port}: profile ${said} has ports ${names}`)
  for (const [port, wanted] of Object.entries(profile.ports)) {
    const line = ports[port]
    const traits = traitsOf(wanted.driver)
    if (line !== undefined) faults.push(...lineFaults(port, line, traits))
    else if (wanted.needed) faults.push(missingPort(port, wanted, traits))
  }
  return faults
}

function lineFaults(port: string, line: Given['ports'][string], traits: DriverTraits): string[] {
  const kind = line.tcp === undefined ? 'serial' : 'tcp'
  if (traits.lines.includes(kind)) return []
  return [`machine.ports.${port}: this driver speaks on a ${traits.lines.join(' or ')} line only`]
}

/** With the exact line to add. */
function missingPort(port: string, { title }: ProfilePort, traits: DriverTraits): string {
  const serial = `{ path: /dev/serial/by-id/… }`
  const line = traits.lines.includes('serial') ? serial : '{ tcp: "192.168.1.20:502" }'
  return `machine.ports lacks ${port} (${title.en}); under ports add the line "${port}: ${line}"`
}

function offerFaults(given: Given, loaded: LoadedProfile): string[] {
  const { session } = loaded.profile
  if (session.kind !== 'rental') {
    return given.offers === undefined ? [] : ['machine.offers: this profile rents nothing out']
  }
  const offers = offersOf(given, loaded)
  if (offers.length === 0) return ['machine.offers: say what is sold for how much']
  const maxMinor = maxPriceOf(given, loaded)
  return offers.flatMap(({ item, price, units }) => {
    const priceMinor = parseDecimal(price, given.currency)
    const place = `machine.offers.${item}`
    if (priceMinor === undefined) return [`${place}: ${price} is no amount in ${given.currency}`]
    if (units !== undefined && session.sold === undefined) {
      return [`${place}: this profile sells no units`]
    }
    const isDear = maxMinor !== null && priceMinor > maxMinor
    return isDear ? [`${place}: ${price} is above the limit of this machine`] : []
  })
}

function offersOf(given: Given, { profile }: LoadedProfile): Offer[] {
  return given.offers ?? profile.offers ?? []
}

/** The smaller of both limits. */
function maxPriceOf(given: Given, { profile }: LoadedProfile): bigint | null {
  const texts = [given.maxPrice, profile.limits.maxPrice[given.currency]]
  const limits = texts.flatMap(text => {
    const limit = text === undefined ? undefined : parseDecimal(text, given.currency)
    return limit === undefined ? [] : [limit]
  })
  return limits.reduce<bigint | null>((a, b) => (a === null || b < a ? b : a), null)
}

function lineOf(line: Given['ports'][string], wanted: ProfilePort): LineSettings {
  const unitId = line.unitId ?? wanted.unitId
  if (line.tcp !== undefined) return { kind: 'tcp', unitId, ...addressOf(line.tcp) }
  const baud = line.baud ?? wanted.baud ?? traitsOf(wanted.driver).baud
  return { kind: 'serial', path: line.path ?? '', baud, unitId }
}

/** `host:port`, the host possibly an IPv6 address in brackets. */
function addressOf(tcp: string): { host: string; port: number } {
  const colon = tcp.lastIndexOf(':')
  const host = tcp.slice(0, colon).replace(/^\[|\]$/g, '')
  return { host, port: Number(tcp.slice(colon + 1)) }
}
