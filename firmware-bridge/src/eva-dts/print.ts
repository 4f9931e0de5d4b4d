/** An audit for people: what arrived, what adds up, what was sold, who took the money. */
import { plain, textTable } from '../text-table.ts'
import type { Audit, AuditMoney } from './audit.ts'
import type { AuditEvent } from './events.ts'
import type { Integrity } from './integrity.ts'
import { meaningOf } from './meters.ts'
import type { Device } from './money-devices.ts'
import type { Product } from './products.ts'

/** The whole report, lines joined by LF. */
export function printAudit(audit: Audit): string {
  const parts: [title: string, lines: string[]][] = [
    ['INTEGRITY', integrityLines(audit.integrity)],
    ['IDENTITIES', identityLines(audit)],
    ['PRODUCTS', productLines(audit)],
    ['METERS', meterLines(audit, element => !/^(CA|DA|DB|TA)/.test(element))],
    ['CASH', cashLines(audit)],
    ['CASHLESS', cashlessLines(audit)],
    ['EVENTS', eventLines(audit.events)],
    ['WARNINGS', audit.warnings.map(warning => `  ${plain(warning)}`)],
  ]
  const body = parts.map(([title, lines]) =>
    [title, ...(lines.length === 0 ? ['  none in this audit'] : lines)].join('\n'),
  )
  return [headline(audit), ...body].join('\n\n')
}

function headline({ machine, money, profile }: Audit): string {
  const name = machine.model || 'a machine without a model'
  return [
    plain(`Audit of ${name}, serial ${machine.serial || 'unknown'}, sent by ${machine.sender}`),
    `Machine's clock: ${machine.at ?? 'unknown'}. Currency: ${money.currency ?? 'not said'}.`,
    `Read by profile ${profile.name}: ${profile.says}.`,
  ].join('\n')
}

function integrityLines(found: Integrity): string[] {
  const crc = `declared ${found.g85Declared ?? '-'}, computed ${found.g85Computed ?? '-'}`
  const count = `declared ${found.seDeclared ?? '-'}, counted ${found.seCounted ?? '-'}`
  return textTable(
    [{ title: 'check' }, { title: 'grade' }, { title: 'detail' }],
    [
      ['g85', found.g85, found.g85 === 'absent' ? 'no checksum in the file' : crc],
      ['se', found.se, found.se === 'absent' ? 'no segment count in the file' : count],
    ],
  )
}

function identityLines({ identities }: Audit): string[] {
  return textTable(
    [{ title: 'identity' }, { title: 'result' }, { title: 'rule' }],
    identities.map(({ name, result, rule }) => [name, result, rule]),
  )
}

function productLines({ products, money }: Audit): string[] {
  return textTable(
    [
      { title: 'no' },
      { title: 'name' },
      { title: 'price', align: 'right' },
      { title: 'sold', align: 'right' },
      { title: 'value', align: 'right' },
      { title: 'interval', align: 'right' },
      { title: 'value', align: 'right' },
      { title: 'free', align: 'right' },
      { title: 'test', align: 'right' },
    ],
    products.map(product => productRow(product, money)),
  )
}

function productRow({ number, name, price, sold, free, test }: Product, money: AuditMoney) {
  return [
    number,
    name,
    amount(price, money),
    count(sold.count),
    amount(sold.value, money),
    count(sold.intervalCount),
    amount(sold.intervalValue, money),
    count(free.count),
    count(test.count),
  ]
}

function meterLines({ meters, money }: Audit, chosen: (element: string) => boolean): string[] {
  const rows = [...meters].flatMap(([element, value]) => {
    const meaning = meaningOf(element)
    if (meaning === null || !chosen(element)) return []
    const text = meaning.unit === 'value' ? amount(value, money) : count(value)
    return [[element, meaning.what, meaning.span, text]]
  })
  return textTable(
    [
      { title: 'element' },
      { title: 'what' },
      { title: 'since' },
      { title: 'reads', align: 'right' },
    ],
    rows,
  )
}

function cashLines(audit: Audit): string[] {
  const { moneyDevices, money } = audit
  const coins = moneyDevices.coins.map(({ value, accepted, toBox, toTubes }) => [
    amount(value, money),
    count(accepted),
    count(toBox),
    count(toTubes),
  ])
  const tubes = moneyDevices.tubes.map(tube => [
    tube.number,
    amount(tube.coin, money),
    count(tube.count),
    tube.full === null ? '-' : tube.full ? 'yes' : 'no',
  ])
  return [
    ...deviceLines(moneyDevices.devices.filter(({ kind }) => !kind.startsWith('cashless'))),
    ...meterLines(audit, element => /^(CA|TA)/.test(element)),
    ...textTable(
      ['coin', 'accepted', 'to box', 'to tubes'].map(title => ({ title, align: 'right' })),
      coins,
    ),
    ...textTable(
      ['tube', 'coin', 'pieces', 'full'].map(title => ({ title, align: 'right' })),
      tubes,
    ),
  ]
}

function cashlessLines(audit: Audit): string[] {
  return [
    ...deviceLines(audit.moneyDevices.devices.filter(({ kind }) => kind.startsWith('cashless'))),
    ...meterLines(audit, element => /^D[AB]/.test(element)),
  ]
}

function deviceLines(devices: Device[]): string[] {
  return devices.map(({ kind, serial, model, revision }) =>
    plain(`  ${kind}: ${model || '-'}, serial ${serial || '-'}, revision ${revision || '-'}`),
  )
}

function eventLines(events: AuditEvent[]): string[] {
  return textTable(
    [
      { title: 'kind' },
      { title: 'code' },
      { title: 'at' },
      { title: 'minutes', align: 'right' },
      { title: 'interval', align: 'right' },
      { title: 'lifetime', align: 'right' },
    ],
    events.map(({ kind, code, at, minutes, interval, lifetime }) => [
      kind,
      code,
      at ?? '-',
      count(minutes),
      count(interval),
      count(lifetime),
    ]),
  )
}

function count(value: bigint | null): string {
  return value === null ? '-' : String(value)
}

/** Values are whole numbers of the machine's smallest unit; ID4 says where the point is. */
function amount(value: bigint | null, { decimals }: AuditMoney): string {
  if (value === null) return '-'
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const text = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`
  return value < 0n ? `-${text}` : text
}
