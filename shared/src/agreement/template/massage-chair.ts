/**
 * Massage chairs with investors: site and manufacturer have their parts of gross, the investors a
 * part of what fee and site leave, by the units they hold; the operator gets the rest.
 */
import { participation, partyShare } from '../account-path.ts'
import type { Participation } from '../terms.ts'
import { type ChannelFee, compose, feeStep, type Split } from './compose.ts'
import { type LoanSweep, loanStep } from './loan-sweep.ts'

export type MassageChair = {
  channels: readonly ChannelFee[]
  operatorId: string
  site: { partyId: string; basisPoints: number }
  manufacturer: { partyId: string; basisPoints: number }
  /** `name` is the pool's, in its account's path. */
  investors: { name: string; basisPoints: number; holders: Participation['holders'] }
  loan?: LoanSweep
}

export const massageChair = (of: MassageChair): Split =>
  compose(
    [
      feeStep(of.channels),
      shareStep('site', of.site),
      shareStep('manufacturer', of.manufacturer),
      {
        term: {
          kind: 'share',
          name: 'investors',
          account: participation(of.investors.name),
          basisPoints: of.investors.basisPoints,
          after: ['payment_fee', 'site'],
          capMinor: null,
        },
        partyId: of.operatorId,
      },
      ...(of.loan === undefined ? [] : [loanStep(of.loan)]),
    ],
    { account: partyShare(of.operatorId), partyId: of.operatorId },
    of.investors.holders,
  )

const shareStep = (
  name: string,
  { partyId, basisPoints }: { partyId: string; basisPoints: number },
) => ({
  term: {
    kind: 'share' as const,
    name,
    account: partyShare(partyId),
    basisPoints,
    after: [],
    capMinor: null,
  },
  partyId,
})
