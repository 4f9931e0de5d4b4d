/**
 * How the sales of the demo's three machines are split: each by the template for its trade, all
 * repaying the one loan.
 */
import type { Split } from '@tillproof/shared/agreement/template/compose.ts'
import { massageChair } from '@tillproof/shared/agreement/template/massage-chair.ts'
import { sharedCar } from '@tillproof/shared/agreement/template/shared-car.ts'
import { vending } from '@tillproof/shared/agreement/template/vending.ts'
import type { PartyRole } from '@tillproof/shared/agreement/terms.ts'
import type { Loan } from '@tillproof/shared/api/lending.ts'
import type { MachineName } from './machines.ts'
import type { Actors } from './parties.ts'

export const channels = [{ channel: 'sandbox', basisPoints: 60 }]

/** Whose signatures an agreement needs, and what they are in it. */
export type Cast = Partial<Record<keyof Actors, PartyRole>>
type Plan = { cast: Cast; split(actors: Actors, loan: Loan): Split }

export const plans: Record<MachineName, Plan> = {
  vending: {
    cast: { operator: 'operator', lender: 'lender', site: 'site', supplier: 'supplier' },
    split: ({ operator, supplier, site, lender }, loan) =>
      vending({
        channels,
        operatorId: operator.id,
        supplier: { partyId: supplier.id, prices: drinks, unlisted: 'refuse' },
        landlord: {
          partyId: site.id,
          basisPoints: 1500,
          minimumMinor: '30000',
          upToBasisPoints: 2000,
        },
        loan: sweepOf(loan, lender.id),
      }),
  },
  chair: {
    cast: {
      operator: 'operator',
      lender: 'lender',
      site: 'site',
      manufacturer: 'manufacturer',
      investor: 'investor',
    },
    split: ({ operator, lender, site, manufacturer, investor }, loan) =>
      massageChair({
        channels,
        operatorId: operator.id,
        site: { partyId: site.id, basisPoints: 1500 },
        manufacturer: { partyId: manufacturer.id, basisPoints: 500 },
        investors: {
          name: 'chairs',
          basisPoints: 2000,
          holders: [
            { partyId: investor.id, units: 60 },
            { partyId: operator.id, units: 40 },
          ],
        },
        loan: sweepOf(loan, lender.id),
      }),
  },
  car: {
    cast: {
      operator: 'operator',
      lender: 'lender',
      site: 'site',
      manufacturer: 'guarantor',
    },
    split: ({ operator, lender, site, manufacturer }, loan) =>
      sharedCar({
        channels,
        operatorId: operator.id,
        lessor: {
          partyId: lender.id,
          leaseId: loan.id,
          perDayMinor: '1000000',
          catchUpBasisPoints: 5000,
          capMinor: loan.principal.amountMinor,
        },
        manufacturer: { partyId: manufacturer.id, basisPoints: 1000 },
        parking: {
          partyId: site.id,
          bands: [
            { fromMinor: '0', basisPoints: 500 },
            { fromMinor: '10000', basisPoints: 800 },
          ],
        },
        repairs: { targetMinor: '20000', basisPoints: 500 },
        trap: { aboveMinor: '2000000', basisPoints: 2000 },
      }),
  },
}

/** What the supplier gets for each drink, by slot: machines/price-list.ts has what it sells for. */
const drinks = [
  { item: '1', costMinor: '140' },
  { item: '2', costMinor: '160' },
  { item: '3', costMinor: '180' },
  { item: '4', costMinor: '240' },
  { item: '5', costMinor: '320' },
]

const sweepOf = (loan: Loan, lenderId: string) => ({
  loanId: loan.id,
  lenderId,
  basisPoints: loan.sweepBasisPoints,
  capMinor: loan.principal.amountMinor,
})
