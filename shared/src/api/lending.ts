/** Loans, pledges and the lender's portfolio. */
import { z } from 'zod'
import { amountMinor, currency, deviceId, id, instant, money } from './fields.ts'
import { liveness, machineKind } from './machines.ts'

export const newLoan = z.object({
  borrowerId: id,
  name: z.string().min(1).max(80),
  principalMinor: amountMinor,
  currency,
  /** Share of each sale's gross that repays the loan, in hundredths of a percent. */
  sweepBasisPoints: z.number().int().min(1).max(10_000),
  /** Planned repayment a day, the line that actual repayment is held against. */
  plannedDailyMinor: amountMinor,
  deviceIds: z.array(deviceId).min(1).max(1000),
})
export const pledge = z.object({
  id,
  loanId: id,
  deviceId,
  deviceLabel: z.string(),
  from: instant,
  releasedAt: instant.nullable(),
})
export const loan = z.object({
  id,
  name: z.string(),
  lenderId: id,
  borrowerId: id,
  currency,
  principal: money,
  outstanding: money,
  /** By sweeps of sales and by guarantors. */
  repaid: money,
  /** What of that guarantors paid in the borrower's place. */
  guaranteed: money,
  /** What of the repaid the payment companies' bills have settled. */
  settled: money,
  plannedRepaid: money,
  sweepBasisPoints: z.number().int(),
  /** The account an agreement's share has to pay into for the sale to repay this loan. */
  repaymentAccount: z.string(),
  startedAt: instant,
  state: z.enum(['performing', 'repaid']),
  pledges: z.array(pledge),
  /** Cumulative, oldest first; actual is null where the future has only a plan. */
  curve: z.array(
    z.object({ at: instant, plannedMinor: amountMinor, actualMinor: amountMinor.nullable() }),
  ),
})

/** A figure with its definition and the time it speaks of, so that none stands alone. */
export const figure = z.object({
  name: z.string(),
  value: z.string().nullable(),
  unit: z.string(),
  definition: z.string(),
  asOf: instant,
})
export const portfolioMachine = z.object({
  deviceId,
  label: z.string(),
  kind: machineKind,
  site: z.string(),
  liveness,
  lastHeardAt: instant.nullable(),
  takings: money,
  sales: z.number().int(),
  repaid: money,
  loanId: id.nullable(),
})
export const portfolio = z.object({
  asOf: instant,
  currency,
  figures: z.array(figure),
  machines: z.array(portfolioMachine),
  loans: z.array(loan.omit({ curve: true, pledges: true })),
})

export type Loan = z.infer<typeof loan>
export type Pledge = z.infer<typeof pledge>
export type Figure = z.infer<typeof figure>
export type Portfolio = z.infer<typeof portfolio>
