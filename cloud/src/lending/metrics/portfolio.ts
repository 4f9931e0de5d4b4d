/**
 * The portfolio's figures, each with its definition and the time it speaks of. Pure.
 * No data is never zero: where nothing can be said, the value is null.
 */
import type { Figure, Portfolio } from '@tillproof/shared/api/lending.ts'
import { livenessOf } from '../../machines/devices/device.ts'
import { summaryOf } from '../loans/loan.ts'
import type { LoanRow } from '../loans/store.ts'

export type MachineRow = {
  deviceId: string
  label: string
  kind: Portfolio['machines'][number]['kind']
  site: string
  connectedAt: Date | null
  seenAt: Date | null
  receivedAt: Date | null
  loanId: string | null
  /** Booked, in the portfolio's currency. */
  takingsMinor: bigint
  sales: bigint
  repaidMinor: bigint
}

const DAY_MS = 86_400_000
export const SILENT_AFTER_MS = DAY_MS
const MONTH_MS = 30 * DAY_MS
const BASIS_POINTS = 10_000n

/** Loans and machines in one currency; those in others are another portfolio. */
export function portfolioOf(
  loans: readonly LoanRow[],
  machines: readonly MachineRow[],
  currency: string,
  nowMs: number,
): Portfolio {
  const own = loans.filter(loan => loan.currency === currency)
  const asOf = new Date(nowMs).toISOString()
  return {
    asOf,
    currency,
    figures: figuresOf(own, machines, currency, nowMs).map(figure => ({ ...figure, asOf })),
    machines: machines.map(row => machineOf(row, currency, nowMs)),
    loans: own.map(row => summaryOf(row, nowMs)),
  }
}

/** The currency most of the loans are in; machines alone are shown in their own. */
export function currencyOf(loans: readonly LoanRow[]): string | undefined {
  const counts = Map.groupBy(loans, loan => loan.currency)
  return [...counts].sort(([, one], [, other]) => other.length - one.length)[0]?.[0]
}

type Bare = Omit<Figure, 'asOf'>

function figuresOf(
  loans: readonly LoanRow[],
  machines: readonly MachineRow[],
  currency: string,
  nowMs: number,
): Bare[] {
  const summaries = loans.map(row => summaryOf(row, nowMs))
  const outstanding = sum(summaries.map(loan => BigInt(loan.outstanding.amountMinor)))
  const repaid = sum(summaries.map(loan => BigInt(loan.repaid.amountMinor)))
  const planned = sum(summaries.map(loan => BigInt(loan.plannedRepaid.amountMinor)))
  const money = (name: string, value: bigint, definition: string): Bare => ({
    name,
    value: value.toString(),
    unit: currency,
    definition,
  })
  return [
    money('outstanding', outstanding, 'Principal less what was booked to repay it; no interest.'),
    money('repaid', repaid, 'Booked to repay the loans: sweeps of sales, and guarantors’ shares.'),
    money(
      'repaid-guaranteed',
      sum(loans.map(loan => loan.guaranteedMinor)),
      'What of the repaid guarantors paid in the borrowers’ place.',
    ),
    money(
      'repaid-settled',
      sum(loans.map(loan => loan.settledMinor)),
      'What of the repaid the payment companies’ bills have settled.',
    ),
    money('planned-repaid', planned, 'What the daily plans want repaid by now, up to principal.'),
    collectionRate(repaid, planned),
    monthsToClear(loans, outstanding, repaid, nowMs),
    money(
      'takings',
      sum(machines.map(row => row.takingsMinor)),
      'Sales matched with a payment and booked, gross, since the first.',
    ),
    ...machineFigures(machines, nowMs),
    money(
      'silent-balance',
      silentBalance(loans, machines, nowMs),
      'Outstanding of loans with a pledged machine that said nothing for 24 hours.',
    ),
  ]
}

function machineFigures(machines: readonly MachineRow[], nowMs: number): Bare[] {
  const count = (name: string, value: bigint | number, definition: string): Bare => ({
    name,
    value: value.toString(),
    unit: 'count',
    definition,
  })
  const silent = machines.filter(row => isSilent(row, nowMs)).length
  return [
    count('sales', sum(machines.map(row => row.sales)), 'Sales booked, since the first.'),
    count('machines', machines.length, 'Machines you may see the money of.'),
    count(
      'silent-machines',
      silent,
      'Machines whose last signed head is older than 24 hours, or that never sent one. ' +
        'Silent is not the same as not selling: buffered sales arrive later.',
    ),
  ]
}

function collectionRate(repaid: bigint, planned: bigint): Bare {
  const value = planned > 0n ? ((repaid * BASIS_POINTS) / planned).toString() : null
  const definition = 'Repaid over planned by now, since the loans began; none before the first due.'
  return { name: 'collection-rate', value, unit: 'basis-points', definition }
}

/** At the pace since the oldest loan began; less than a day of it says nothing. */
function monthsToClear(
  loans: readonly LoanRow[],
  outstanding: bigint,
  repaid: bigint,
  nowMs: number,
): Bare {
  const oldestMs = Math.min(nowMs, ...loans.map(loan => loan.startedAt.getTime()))
  const elapsedMs = nowMs - oldestMs
  const tenths =
    repaid > 0n && elapsedMs >= DAY_MS
      ? (outstanding * BigInt(elapsedMs) * 10n) / (repaid * BigInt(MONTH_MS))
      : undefined
  const value = tenths === undefined ? null : `${tenths / 10n}.${tenths % 10n}`
  const definition =
    'Outstanding over the average monthly repayment since the oldest loan began; ' +
    'none in a loan’s first day.'
  return { name: 'months-to-clear', value, unit: 'months', definition }
}

function silentBalance(
  loans: readonly LoanRow[],
  machines: readonly MachineRow[],
  nowMs: number,
): bigint {
  const silent = new Set(machines.filter(row => isSilent(row, nowMs)).map(row => row.loanId))
  const touched = loans.filter(loan => silent.has(loan.id))
  return sum(touched.map(loan => BigInt(summaryOf(loan, nowMs).outstanding.amountMinor)))
}

const isSilent = ({ receivedAt }: MachineRow, nowMs: number): boolean =>
  receivedAt === null || nowMs - receivedAt.getTime() > SILENT_AFTER_MS

function machineOf(
  row: MachineRow,
  currency: string,
  nowMs: number,
): Portfolio['machines'][number] {
  const heard = { connected_at: row.connectedAt, seen_at: row.seenAt, received_at: row.receivedAt }
  return {
    deviceId: row.deviceId,
    label: row.label,
    kind: row.kind,
    site: row.site,
    liveness: livenessOf(heard, nowMs),
    lastHeardAt: row.receivedAt?.toISOString() ?? null,
    takings: { amountMinor: row.takingsMinor.toString(), currency },
    sales: Number(row.sales),
    repaid: { amountMinor: row.repaidMinor.toString(), currency },
    loanId: row.loanId,
  }
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, each) => total + each, 0n)
