/** SQL of loans and of what has been booked to repay them. Tenant rules apply. */
import {
  facilityGuarantee,
  facilityRepayment,
  settledAccount,
} from '@tillproof/shared/agreement/account-path.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Repayment } from './curve.ts'

export type LoanRow = {
  id: string
  borrowerId: string
  lenderId: string
  name: string
  principalMinor: bigint
  currency: string
  sweepBasisPoints: number
  plannedDailyMinor: bigint
  startedAt: Date
  /** Booked to repay it, by whomever. */
  repaidMinor: bigint
  /** What of that guarantors paid, and what of it the payment company's bills have settled. */
  guaranteedMinor: bigint
  settledMinor: bigint
}
type Booked = 'repaidMinor' | 'guaranteedMinor' | 'settledMinor'
export type NewLoanRow = Omit<LoanRow, Booked> & { createdBy: string }

/** False when the lender has a loan of this name. */
export async function insertLoan(tx: Tx, loan: NewLoanRow): Promise<boolean> {
  const rows = await tx.query(
    `insert into loans (id, operator_id, lender_id, name, principal_minor, currency,
       sweep_basis_points, planned_daily_minor, started_at, created_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (lender_id, name) do nothing returning id`,
    [
      loan.id,
      loan.borrowerId,
      loan.lenderId,
      loan.name,
      loan.principalMinor,
      loan.currency,
      loan.sweepBasisPoints,
      loan.plannedDailyMinor,
      loan.startedAt,
      loan.createdBy,
    ],
  )
  return rows.length === 1
}

const LOAN = `
  select l.id, l.operator_id as "borrowerId", l.lender_id as "lenderId", l.name,
         l.principal_minor as "principalMinor", l.currency,
         l.sweep_basis_points as "sweepBasisPoints",
         l.planned_daily_minor as "plannedDailyMinor", l.started_at as "startedAt",
         coalesce(booked.repaid, 0)::int8 as "repaidMinor",
         coalesce(booked.guaranteed, 0)::int8 as "guaranteedMinor",
         coalesce(booked.settled, 0)::int8 as "settledMinor"
    from loans l
    left join lateral (
      select sum(a.credits_posted - a.debits_posted) as repaid,
             sum(a.credits_posted - a.debits_posted)
               filter (where a.path like '%:guarantee' or a.path like '%:guaranteed') as guaranteed,
             sum(a.credits_posted - a.debits_posted)
               filter (where a.path like '%:repaid' or a.path like '%:guaranteed') as settled
        from accounts a
       where a.operator_id = l.operator_id and a.currency = l.currency
         and a.path in ('facility:' || l.id || ':repayment', 'facility:' || l.id || ':repaid',
                        'facility:' || l.id || ':guarantee', 'facility:' || l.id || ':guaranteed')
    ) booked on true`

/** Loans given or taken by the organisation of this transaction, oldest first. */
export const listLoans = (tx: Tx): Promise<LoanRow[]> =>
  tx.query<LoanRow>(`${LOAN} order by l.started_at, l.id`)

export async function findLoan(tx: Tx, id: string): Promise<LoanRow | undefined> {
  const [row] = await tx.query<LoanRow>(`${LOAN} where l.id = $1`, [id])
  return row
}

/** Repayment as it was booked, added up at the end of each step; a settlement adds nothing. */
export async function listRepayments(tx: Tx, loan: LoanRow, stepMs: number): Promise<Repayment[]> {
  const rows = await tx.query<{ at: Date; cumulative: bigint }>(
    `select at, (sum(amount) over (order by at))::int8 as cumulative from (
       select date_bin($3 * interval '1 millisecond', b.booked_at, $4)
                + $3 * interval '1 millisecond' as at,
              sum(case l.side when 'credit' then l.amount_minor else -l.amount_minor end) as amount
         from accounts a
         join legs l using (operator_id, account_id)
         join journals b on b.operator_id = l.operator_id and b.seq = l.journal_seq
        where a.operator_id = $1 and a.path = any ($2::text[]) and a.currency = $5
          and l.phase = 'posted'
        group by 1
     ) steps order by at`,
    [loan.borrowerId, accountsOf(loan.id), stepMs, loan.startedAt, loan.currency],
  )
  return rows.map(row => ({ atMs: row.at.getTime(), cumulativeMinor: row.cumulative }))
}

/** Where a loan's repayment is booked, by sweeps and by guarantors, before and after settling. */
function accountsOf(loanId: string): string[] {
  const paid = [facilityRepayment(loanId), facilityGuarantee(loanId)]
  return paid.flatMap(path => [path, settledAccount(path) ?? []].flat())
}

/** Which of these machines the borrower owns and lets this lender see the money of. */
export async function financeableDevices(
  tx: Tx,
  borrowerId: string,
  deviceIds: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `select id from devices
      where operator_id = $1 and id = any ($2::text[]) and can_see(operator_id, id, 'finance')`,
    [borrowerId, deviceIds],
  )
  return new Set(rows.map(row => row.id))
}
