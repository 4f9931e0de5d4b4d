/** The ledger in a terminal: trial balance, statements and faults as a banker's tables. Pure. */
import { formatDecimal } from '@tillproof/shared/money/money.ts'
import type { OpenItemRow } from '../open-items/store.ts'
import type { Account } from './account.ts'
import type { BookCheck } from './check.ts'
import type { StatementLine } from './reading.ts'

/** Sums of one book by account, and their totals by currency; pending ones where there are any. */
export function trialBalanceText(book: string, accounts: readonly Account[]): string {
  const hasPending = accounts.some(each => each.debitsPending > 0n || each.creditsPending > 0n)
  const rows = accounts.map(account => [
    account.path,
    account.currency,
    amount(account.debitsPosted, account.currency),
    amount(account.creditsPosted, account.currency),
    amount(account.creditsPosted - account.debitsPosted, account.currency),
    ...(hasPending ? [pendingOf(account)] : []),
  ])
  const totals = [...Map.groupBy(accounts, account => account.currency)].map(([currency, own]) => {
    const debits = own.reduce((sum, each) => sum + each.debitsPosted, 0n)
    const credits = own.reduce((sum, each) => sum + each.creditsPosted, 0n)
    return [
      'total',
      currency,
      amount(debits, currency),
      amount(credits, currency),
      amount(credits - debits, currency),
    ]
  })
  const head = ['account', '', 'debits', 'credits', 'balance', ...(hasPending ? ['pending'] : [])]
  return `book ${book}\n${table([head, ...rows, ...totals])}`
}

/** What of the balance is still to come, or to go. */
const pendingOf = ({ creditsPending, debitsPending, currency }: Account): string =>
  amount(creditsPending - debitsPending, currency)

/** One account's lines, oldest first. */
export function statementText(
  path: string,
  currency: string,
  lines: readonly StatementLine[],
): string {
  const rows = lines.map(line => [
    line.bookedAt.toISOString(),
    line.businessId,
    line.phase === 'posted' ? '' : line.phase,
    line.side === 'debit' ? amount(line.amountMinor, currency) : '',
    line.side === 'credit' ? amount(line.amountMinor, currency) : '',
    amount(line.balanceMinor, currency),
  ])
  const head = ['booked at', 'source', 'phase', 'debit', 'credit', 'balance']
  return `${path} (${currency})\n${table([head, ...rows])}`
}

/** What is open in one book, the oldest first. */
export function openItemsText(book: string, items: readonly OpenItemRow[]): string {
  const rows = items.map(item => [
    item.reason,
    item.saleId ?? item.orderId ?? item.subject ?? item.deviceId ?? '',
    `${item.ageDays} d`,
    item.amountMinor === null ? '' : amount(item.amountMinor, item.currency ?? ''),
    item.currency ?? '',
  ])
  return `book ${book}\n${table([['reason', 'about', 'age', 'amount', ''], ...rows])}`
}

/** What the checker found in one book. */
export function checkText(check: BookCheck): string {
  const { operatorId, journals, batches, faults } = check
  const verdict = faults.length === 0 ? 'holds' : `does NOT hold: ${faults.length} faults`
  const totals = check.totals.map(
    ({ currency, debits, credits }) =>
      `  ${currency} debits ${amount(debits, currency)} credits ${amount(credits, currency)}`,
  )
  const found = faults.map(fault => `  ${fault.code}: ${fault.detail}`)
  const first = `book ${operatorId}: ${journals} journals in ${batches} batches, ${verdict}`
  return [first, ...totals, ...found].join('\n')
}

const amount = (amountMinor: bigint, currency: string): string =>
  formatDecimal({ amountMinor, currency })

/** Columns as wide as their widest cell; all but the first two on the right. */
function table(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map(row => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
  return rows.map(row => line(row).join('  ').trimEnd()).join('\n')
}
