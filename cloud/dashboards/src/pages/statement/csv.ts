/**
 * A statement as comma-separated values (RFC 4180): oldest first, between a line for the opening
 * balance and one for the closing. Times are UTC, amounts have a decimal point, names are the
 * API's, so that any program reads it the same way.
 */
import type { Movement, Statement, Sums } from '@tillproof/shared/api/statements.ts'
import { formatDecimal } from '@tillproof/shared/money/money.ts'

const HEAD = [
  'booked_at',
  'happened_at',
  'kind',
  'source',
  'machine',
  'agreement',
  'phase',
  'debit',
  'credit',
  'balance',
  'currency',
]

/** @param statement with all its movements, newest first as the API answers */
export function statementCsv(statement: Statement): string {
  const { currency, from, to, opening, closing, items } = statement
  const decimal = (minor: string) => formatDecimal({ amountMinor: BigInt(minor), currency })
  const edge = (at: string, kind: string, sums: Sums) => {
    const balance = String(BigInt(sums.creditsPosted) - BigInt(sums.debitsPosted))
    return [at, '', kind, '', '', '', '', '', '', decimal(balance), currency]
  }
  const moved = (each: Movement) => [
    each.bookedAt,
    each.at,
    each.kind,
    each.businessId,
    each.deviceId ?? '',
    each.agreement === null ? '' : `${each.agreement.id} ${each.agreement.version}`,
    each.phase,
    each.side === 'debit' ? decimal(each.amountMinor) : '',
    each.side === 'credit' ? decimal(each.amountMinor) : '',
    decimal(each.balanceMinor),
    currency,
  ]
  const rows = [
    HEAD,
    edge(from, 'opening', opening),
    ...items.toReversed().map(moved),
    edge(to, 'closing', closing),
  ]
  return rows.map(row => `${row.map(cell).join(',')}\r\n`).join('')
}

const cell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
