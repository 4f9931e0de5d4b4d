/**
 * Shared cars with a lessor: so much a day for the lease, caught up with out of later rides; the
 * manufacturer's share stands in for what stays unpaid; parking in tiers of the month's takings; a
 * reserve for repairs; and a trap that holds back part of each ride while the lease is in arrears.
 */
import {
  facilityGuarantee,
  facilityRepayment,
  facilityReserve,
  partyShare,
} from '../account-path.ts'
import { type ChannelFee, compose, feeStep, type Split } from './compose.ts'

export type SharedCar = {
  channels: readonly ChannelFee[]
  operatorId: string
  lessor: {
    partyId: string
    /** Names the lease in the accounts' paths: a loan's id. */
    leaseId: string
    perDayMinor: string
    catchUpBasisPoints: number
    /** What the lease comes to in all. */
    capMinor: string
  }
  manufacturer: { partyId: string; basisPoints: number }
  parking: { partyId: string; bands: readonly { fromMinor: string; basisPoints: number }[] }
  repairs: { targetMinor: string; basisPoints: number }
  trap: { aboveMinor: string; basisPoints: number }
}

export function sharedCar(of: SharedCar): Split {
  const { lessor, manufacturer, parking, repairs, trap } = of
  const own = { partyId: of.operatorId }
  return compose(
    [
      feeStep(of.channels),
      { term: leaseTerm(lessor), partyId: lessor.partyId },
      {
        term: {
          kind: 'guarantor-call',
          name: 'guarantee',
          account: facilityGuarantee(lessor.leaseId),
          of: 'lease',
          from: 'manufacturer',
        },
        partyId: lessor.partyId,
      },
      {
        term: {
          kind: 'share',
          name: 'manufacturer',
          account: partyShare(manufacturer.partyId),
          basisPoints: manufacturer.basisPoints,
          after: [],
          capMinor: null,
        },
        partyId: manufacturer.partyId,
      },
      {
        term: {
          kind: 'tiers',
          name: 'parking',
          account: partyShare(parking.partyId),
          period: 'month',
          bands: [...parking.bands],
        },
        partyId: parking.partyId,
      },
      {
        term: {
          kind: 'reserve',
          name: 'repairs',
          account: facilityReserve(lessor.leaseId),
          ...repairs,
        },
        ...own,
      },
      {
        term: {
          kind: 'cash-trap',
          name: 'trap',
          account: `reserve:${lessor.leaseId}:trap`,
          watches: 'lease',
          ...trap,
        },
        ...own,
      },
    ],
    { account: partyShare(of.operatorId), ...own },
  )
}

const leaseTerm = (lessor: SharedCar['lessor']) => ({
  kind: 'sweep' as const,
  name: 'lease',
  account: facilityRepayment(lessor.leaseId),
  rate: { of: 'nothing' as const },
  minimum: {
    period: 'day' as const,
    minor: lessor.perDayMinor,
    carries: true,
    catchUpBasisPoints: lessor.catchUpBasisPoints,
  },
  capMinor: lessor.capMinor,
  holidays: [],
})
