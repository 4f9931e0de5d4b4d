/** The step by which a machine's sales repay a loan: part of each, until it is paid off. */
import { facilityRepayment } from '../account-path.ts'
import type { Step } from './compose.ts'

export type LoanSweep = {
  loanId: string
  lenderId: string
  basisPoints: number
  /** The principal. */
  capMinor: string
}

export const loanStep = ({ loanId, lenderId, basisPoints, capMinor }: LoanSweep): Step => ({
  term: {
    kind: 'sweep',
    name: 'loan',
    account: facilityRepayment(loanId),
    rate: { of: 'gross', basisPoints },
    minimum: null,
    capMinor,
    holidays: [],
  },
  partyId: lenderId,
})
