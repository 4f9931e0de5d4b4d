/**
 * An EVA-DTS audit, read: bytes in, everything the machine says about itself out, graded but never
 * rejected for a broken rule. Only bytes that are no audit at all are refused.
 */
import { type AuditEvent, readEvents, readTime } from './events.ts'
import { checkIdentities, type Identity } from './identities.ts'
import { checkIntegrity, type Integrity } from './integrity.ts'
import { type Meters, readMeters } from './meters.ts'
import { type MoneyDevices, readMoneyDevices } from './money-devices.ts'
import { type Product, readProducts } from './products.ts'
import { type ModelProfile, profileFor, STANDARD } from './profile.ts'
import {
  type AuditLine,
  type AuditRefusal,
  isKnown,
  MAX_AUDIT_BYTES,
  readLines,
  type Segment,
  wholeNumber,
} from './segment.ts'

export type Machine = {
  /** DXS01: three letters of the maker and its number for the sender. */
  sender: string
  standard: string
  serial: string
  model: string
  build: string
  location: string
  asset: string
  /** The machine's own clock at the read, local, see events. */
  at: string | null
}

export type AuditMoney = { decimals: number; currency: string | null }

export type Audit = {
  machine: Machine
  money: AuditMoney
  profile: ModelProfile
  segments: Segment[]
  integrity: Integrity
  identities: Identity[]
  meters: Meters
  products: Product[]
  moneyDevices: MoneyDevices
  events: AuditEvent[]
  warnings: string[]
}

export { type AuditRefusal, MAX_AUDIT_BYTES }

const MAX_WARNINGS = 100

/** `profile`: which model's habits to read by; without it the file's maker decides. */
export function readAudit(
  bytes: Uint8Array,
  profile?: ModelProfile,
): Audit | { refused: AuditRefusal } {
  const lines = readLines(bytes)
  if ('refused' in lines) return lines
  const segments = lines.flatMap(({ segment }) => (segment === null ? [] : [segment]))
  const used = profile ?? profileFor(segments)
  const { integrity, warnings } = checkIntegrity(lines)
  const meters = readMeters(segments, used)
  const products = readProducts(segments, used)
  const facts = { meters: meters.meters, products: products.products, segments }
  const identities = checkIdentities(facts)
  return {
    machine: readMachine(segments),
    money: readMoney(segments),
    profile: used,
    integrity,
    identities,
    ...facts,
    moneyDevices: readMoneyDevices(segments),
    events: readEvents(segments),
    warnings: capped([
      ...warnings,
      ...lineWarnings(lines),
      ...(used === STANDARD ? [] : [`read by profile ${used.name}: ${used.says}`]),
      ...meters.warnings,
      ...products.warnings,
      ...hints(meters.meters, identities),
    ]),
  }
}

function readMachine(segments: Segment[]): Machine {
  const field = (id: string, index: number) =>
    segments.find(segment => segment.id === id)?.fields[index]?.trim() ?? ''
  return {
    sender: field('DXS', 0),
    standard: field('DXS', 2),
    serial: field('ID1', 0),
    model: field('ID1', 1),
    build: field('ID1', 2),
    location: field('ID1', 3),
    asset: field('ID1', 5),
    at: readTime(field('ID5', 0), field('ID5', 1)),
  }
}

/** ID4: places after the point in every value of the file, and the currency. */
function readMoney(segments: Segment[]): AuditMoney {
  const fields = segments.find(({ id }) => id === 'ID4')?.fields ?? []
  const decimals = Number(wholeNumber(fields[0]) ?? 2n)
  const currency = fields[2]?.trim() ?? ''
  return {
    decimals: decimals >= 0 && decimals <= 4 ? decimals : 2,
    currency: /^[A-Z]{3}$/.test(currency) ? currency : null,
  }
}

function lineWarnings(lines: AuditLine[]): string[] {
  return lines.flatMap(({ line, segment }) => {
    if (segment === null) return [`line ${line} is no segment`]
    return isKnown(segment) ? [] : [`line ${line}: ${segment.id} is unknown to the standard`]
  })
}

/**
 * A count that lacks exactly what an interval meter holds was most likely kept there only: some
 * machines never add a second reader's vends to its lifetime count.
 */
function hints(meters: Meters, identities: Identity[]): string[] {
  return identities.flatMap(({ name, offBy }) => {
    if (name !== 'vends-count' || offBy === null || offBy === 0n) return []
    return ['CA', 'DA', 'DB', 'TA']
      .filter(device => meters.get(`${device}204`) === offBy && meters.get(`${device}202`) === 0n)
      .map(device => `${name} is off by what ${device}204 holds while ${device}202 is zero`)
  })
}

function capped(warnings: string[]): string[] {
  const more = warnings.length - MAX_WARNINGS
  return more <= 0 ? warnings : [...warnings.slice(0, MAX_WARNINGS), `and ${more} more`]
}
