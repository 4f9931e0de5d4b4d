/**
 * Vending: the supplier's goods are on consignment and paid as each is sold; the landlord gets a
 * part of the month's takings, at least so much a month; the operator gets the rest.
 */
import { partyShare, supplierGoods } from '../account-path.ts'
import { type ChannelFee, compose, feeStep, type Split } from './compose.ts'
import { type LoanSweep, loanStep } from './loan-sweep.ts'

export type Vending = {
  channels: readonly ChannelFee[]
  operatorId: string
  supplier: {
    partyId: string
    prices: readonly { item: string; costMinor: string }[]
    /** Whether the machine also sells goods of the operator's own. */
    unlisted: 'own' | 'refuse'
  }
  landlord: {
    partyId: string
    basisPoints: number
    minimumMinor: string
    /** The largest part of one sale, while the minimum is not reached. */
    upToBasisPoints: number
  }
  loan?: LoanSweep
}

export const vending = (of: Vending): Split =>
  compose(
    [
      feeStep(of.channels),
      {
        term: {
          kind: 'goods',
          name: 'goods',
          account: supplierGoods(of.supplier.partyId),
          prices: [...of.supplier.prices],
          unlisted: of.supplier.unlisted,
        },
        partyId: of.supplier.partyId,
      },
      {
        term: {
          kind: 'site-share',
          name: 'rent',
          account: partyShare(of.landlord.partyId),
          basisPoints: of.landlord.basisPoints,
          minimumMinor: of.landlord.minimumMinor,
          carries: true,
          upToBasisPoints: of.landlord.upToBasisPoints,
        },
        partyId: of.landlord.partyId,
      },
      ...(of.loan === undefined ? [] : [loanStep(of.loan)]),
    ],
    { account: partyShare(of.operatorId), partyId: of.operatorId },
  )
