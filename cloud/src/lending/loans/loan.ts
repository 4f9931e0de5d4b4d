/**
 * Loans: made by a lender on machines whose money the operator lets it see, repaid by the share of
 * each sale that a signed agreement pays into the loan's account, and by what it takes out of a
 * guarantor's share in the borrower's place.
 */
import { randomUUID } from 'node:crypto'
import { facilityRepayment } from '@tillproof/shared/agreement/account-path.ts'
import type { Loan, newLoan, Pledge } from '@tillproof/shared/api/lending.ts'
import { randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import type { z } from 'zod'
import type { Db, Tx } from '../../platform/db/db.ts'
import { pledgeDevice } from '../pledges/pledge.ts'
import { listPledges } from '../pledges/store.ts'
import { curveOf, plannedBy, stepOf } from './curve.ts'
import * as store from './store.ts'

export type WantedLoan = z.output<typeof newLoan>
export type Lender = { organisationId: string; userId: string }
export type LoanRefusal =
  | { refused: 'amount' | 'name-taken' }
  | { refused: 'not-granted' | 'pledged-already'; deviceIds: string[] }
export type MadeLoan = { ok: true; loan: Loan } | LoanRefusal

/** Makes the loan with all its pledges, or nothing of it. */
export async function makeLoan(
  db: Db,
  wanted: WantedLoan,
  by: Lender,
  nowMs: number,
): Promise<MadeLoan> {
  const row = rowOf(wanted, by, nowMs)
  if (!isAmount(row.principalMinor) || !isAmount(row.plannedDailyMinor)) {
    return { refused: 'amount' }
  }
  return db.withTenant(by.organisationId, async tx => {
    const deviceIds = [...new Set(wanted.deviceIds)]
    const allowed = await store.financeableDevices(tx, row.borrowerId, deviceIds)
    const denied = deviceIds.filter(id => !allowed.has(id))
    if (denied.length > 0) return { refused: 'not-granted', deviceIds: denied }
    await tx.query('savepoint before_loan')
    if (!(await store.insertLoan(tx, row))) return { refused: 'name-taken' }
    const taken = await pledgeAll(tx, row, deviceIds)
    if (taken.length > 0) {
      await tx.query('rollback to savepoint before_loan')
      return { refused: 'pledged-already', deviceIds: taken }
    }
    const pledges = await listPledges(tx, [row.id])
    return { ok: true, loan: await withCurve(tx, { ...row, ...NOTHING }, pledges, nowMs) }
  })
}

const NOTHING = { repaidMinor: 0n, guaranteedMinor: 0n, settledMinor: 0n }

/** What the database keeps as well: more than nothing, and far below a 64-bit overflow. */
const isAmount = (minor: bigint): boolean => minor > 0n && minor <= 10n ** 15n

/** All loans that the organisation of this transaction gave or took. */
export async function readLoans(tx: Tx, nowMs: number): Promise<Loan[]> {
  const rows = await store.listLoans(tx)
  const pledges = await listPledges(
    tx,
    rows.map(row => row.id),
  )
  const loans: Loan[] = []
  for (const row of rows) {
    const own = pledges.filter(pledge => pledge.loanId === row.id)
    loans.push(await withCurve(tx, row, own, nowMs))
  }
  return loans
}

export async function readLoan(tx: Tx, id: string, nowMs: number): Promise<Loan | undefined> {
  const row = await store.findLoan(tx, id)
  return row && withCurve(tx, row, await listPledges(tx, [id]), nowMs)
}

/** A loan without its points in time, as lists show it. */
export function summaryOf(row: store.LoanRow, nowMs: number): Omit<Loan, 'curve' | 'pledges'> {
  const { id, name, lenderId, borrowerId, currency, principalMinor, repaidMinor } = row
  const money = (amountMinor: bigint) => ({ amountMinor: amountMinor.toString(), currency })
  const outstanding = principalMinor > repaidMinor ? principalMinor - repaidMinor : 0n
  return {
    id,
    name,
    lenderId,
    borrowerId,
    currency,
    principal: money(principalMinor),
    outstanding: money(outstanding),
    repaid: money(repaidMinor),
    guaranteed: money(row.guaranteedMinor),
    settled: money(row.settledMinor),
    plannedRepaid: money(plannedBy(planOf(row), nowMs)),
    sweepBasisPoints: row.sweepBasisPoints,
    repaymentAccount: facilityRepayment(id),
    startedAt: row.startedAt.toISOString(),
    state: outstanding === 0n ? 'repaid' : 'performing',
  }
}

async function withCurve(
  tx: Tx,
  row: store.LoanRow,
  pledges: Pledge[],
  nowMs: number,
): Promise<Loan> {
  const plan = planOf(row)
  const repayments = await store.listRepayments(tx, row, stepOf(plan, nowMs))
  // Steps end on the curve's points; what was booked in the step under way counts as of now.
  const known = repayments.map(each => ({ ...each, atMs: Math.min(each.atMs, nowMs) }))
  return { ...summaryOf(row, nowMs), pledges, curve: curveOf(plan, known, nowMs) }
}

const planOf = (row: store.LoanRow) => ({
  principalMinor: row.principalMinor,
  plannedDailyMinor: row.plannedDailyMinor,
  startedAtMs: row.startedAt.getTime(),
})

const rowOf = (wanted: WantedLoan, by: Lender, nowMs: number): store.NewLoanRow => ({
  id: randomUUID(),
  borrowerId: wanted.borrowerId,
  lenderId: by.organisationId,
  name: wanted.name,
  principalMinor: BigInt(wanted.principalMinor),
  currency: wanted.currency,
  sweepBasisPoints: wanted.sweepBasisPoints,
  plannedDailyMinor: BigInt(wanted.plannedDailyMinor),
  startedAt: new Date(nowMs),
  createdBy: by.userId,
})

/** Answers the machines that were pledged already. */
async function pledgeAll(
  tx: Tx,
  loan: store.NewLoanRow,
  deviceIds: readonly string[],
): Promise<string[]> {
  const taken: string[] = []
  for (const deviceId of deviceIds) {
    const pledged = await pledgeDevice(tx, {
      id: randomUUID(),
      operatorId: loan.borrowerId,
      lenderId: loan.lenderId,
      loanId: loan.id,
      deviceId,
      salt: randomBytes(16),
      fromAt: loan.startedAt,
    })
    if (!pledged) taken.push(deviceId)
  }
  return taken
}
