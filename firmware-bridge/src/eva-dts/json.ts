/**
 * An audit for programs. Meters, prices and sums are JSON numbers: whole numbers of at most fifteen
 * digits in the machine's smallest unit; `money.decimals` says where the point is.
 */
import type { Audit } from './audit.ts'
import { meaningOf } from './meters.ts'

/** A value that JSON.stringify takes as it is. */
export function auditToJson(audit: Audit): object {
  const { devices, coins, tubes } = audit.moneyDevices
  const reader = (kind: string) => devices.filter(device => device.kind === kind)
  return {
    machine: audit.machine,
    money: audit.money,
    profile: audit.profile.name,
    integrity: audit.integrity,
    identities: audit.identities.map(plainNumbers),
    meters: metersOf(audit, () => true),
    products: audit.products.map(plainNumbers),
    cash: {
      devices: [...reader('coins'), ...reader('bills')],
      meters: metersOf(audit, element => /^(CA|TA)/.test(element)),
      coins: coins.map(plainNumbers),
      tubes: tubes.map(plainNumbers),
    },
    cashless: ['DA', 'DB'].map((segment, index) => ({
      reader: index + 1,
      device: reader(`cashless reader ${index + 1}`)[0] ?? null,
      meters: metersOf(audit, element => element.startsWith(segment)),
    })),
    events: audit.events.map(plainNumbers),
    segments: audit.segments,
    warnings: audit.warnings,
  }
}

function metersOf(audit: Audit, chosen: (element: string) => boolean): Record<string, number> {
  const known = [...audit.meters].filter(([element]) => meaningOf(element) && chosen(element))
  return Object.fromEntries(known.map(([element, value]) => [element, Number(value)]))
}

/** Turns the bigints of a record, nested ones included, into numbers. */
function plainNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plainNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainNumbers(one)]))
}
