/** The worked examples of docs/agreements.md, to the cent; written down by hand. */
import { describe, expect, test } from 'vitest'
import { checkAgreement } from '../check.ts'
import { type ClearableSale, clearSale } from '../clear-sale.ts'
import type { SignedTransfer } from '../register.ts'
import { emptyState, nextState } from '../state.ts'
import { type AgreementTerms, agreementTerms } from '../terms.ts'
import { chairAgreement, device, lenderOrg, operatorOrg, siteOrg } from '../testing.ts'
import { fixedShares } from './fixed-shares.ts'
import { massageChair } from './massage-chair.ts'
import { sharedCar } from './shared-car.ts'
import { vending } from './vending.ts'

const org = (last: string) => `00000000-0000-4000-8000-0000000000${last}`
const [supplier, maker, ann, ben, cai] = ['20', '21', '31', '32', '33'].map(org) as [
  string,
  string,
  string,
  string,
  string,
]
const loanId = org('f1')
const channels = [{ channel: 'sandbox', basisPoints: 60 }]
const parties = [
  [operatorOrg, 'operator'],
  [lenderOrg, 'lender'],
  [siteOrg, 'site'],
  [supplier, 'supplier'],
  [maker, 'manufacturer'],
  [ann, 'investor'],
  [ben, 'investor'],
] as const
const header = {
  ...chairAgreement,
  validFromMs: 0,
  parties: parties.map(([organisationId, role], at) => ({
    organisationId,
    role,
    signer: `0x${String(at).repeat(40)}`,
  })),
}
/** 10 o'clock in China on that day of 2026. */
const at = (month: number, day: number): number => Date.UTC(2026, month - 1, day, 2)
type Sold = { atMs: number; minor: bigint; item?: string }
const saleOf = ({ atMs, minor, item = 'A1' }: Sold): ClearableSale => ({
  saleId: `${device}.1.1`,
  deviceId: device,
  atMs,
  channel: 'sandbox',
  item,
  gross: { amountMinor: minor, currency: 'CNY' },
})

/** What each term was paid, sale by sale, in the order of the terms, the rest last. */
function paidBy(agreement: AgreementTerms, sales: Sold[]): bigint[][] {
  let state = emptyState()
  return sales.map(sold => {
    const cleared = clearSale(agreement, state, saleOf(sold))
    if ('refused' in cleared) return expect.fail(cleared.refused)
    const { legs, parts } = cleared.posting
    state = nextState(state, agreement, { sourceAtMs: sold.atMs, legs })
    return parts.map(part => part.paidMinor)
  })
}

const vendingAgreement = {
  ...header,
  ...vending({
    channels,
    operatorId: operatorOrg,
    supplier: {
      partyId: supplier,
      prices: [{ item: 'A1', costMinor: '1000' }],
      unlisted: 'own',
    },
    landlord: {
      partyId: siteOrg,
      basisPoints: 1500,
      minimumMinor: '1000',
      upToBasisPoints: 4000,
    },
  }),
}

const chairs = {
  ...header,
  ...massageChair({
    channels,
    operatorId: operatorOrg,
    site: { partyId: siteOrg, basisPoints: 1000 },
    manufacturer: { partyId: maker, basisPoints: 500 },
    investors: {
      name: 'chairs',
      basisPoints: 4000,
      holders: [
        { partyId: ann, units: 60 },
        { partyId: ben, units: 40 },
      ],
    },
  }),
}

const car = {
  ...header,
  ...sharedCar({
    channels,
    operatorId: operatorOrg,
    lessor: {
      partyId: lenderOrg,
      leaseId: loanId,
      perDayMinor: '10000',
      catchUpBasisPoints: 5000,
      capMinor: '10000000',
    },
    manufacturer: { partyId: maker, basisPoints: 1000 },
    parking: {
      partyId: siteOrg,
      bands: [
        { fromMinor: '0', basisPoints: 500 },
        { fromMinor: '15000', basisPoints: 800 },
      ],
    },
    repairs: { targetMinor: '1000', basisPoints: 500 },
    trap: { aboveMinor: '2500', basisPoints: 2000 },
  }),
}

const fixed = {
  ...header,
  ...fixedShares({
    channels,
    shares: [
      {
        name: 'site',
        account: `party:${siteOrg}:share`,
        partyId: siteOrg,
        basisPoints: 1000,
        capMinor: null,
      },
    ],
    remainder: { account: `party:${operatorOrg}:share`, partyId: operatorOrg },
  }),
}

test.each([
  ['vending', vendingAgreement],
  ['massage chairs', chairs],
  ['shared car', car],
  ['fixed shares', fixed],
])('the template for %s can be signed as it is', (_, agreement) => {
  expect(agreementTerms.safeParse(agreement).error).toBeUndefined()
  expect(checkAgreement(agreement)).toEqual([])
})

describe('vending with consignment and a guaranteed rent', () => {
  test('of a month the landlord gets the greater of minimum and part', () => {
    const november = [3, 9, 20, 28].map(day => ({ atMs: at(11, day), minor: 2000n }))
    // fee, goods, rent, operator
    expect(paidBy(vendingAgreement, november)).toEqual([
      [12n, 1000n, 800n, 188n],
      [12n, 1000n, 200n, 788n],
      [12n, 1000n, 0n, 988n],
      [12n, 1000n, 200n, 788n],
    ])
  })
  test('what a month could not pay is owed in the next, and so is a month without sales', () => {
    const winter = [
      { atMs: at(10, 5), minor: 2000n },
      { atMs: at(12, 5), minor: 2000n },
      { atMs: at(12, 6), minor: 2000n },
    ]
    // October pays 8.00 of 10.00, November nothing of 10.00: December owes 22.00.
    expect(paidBy(vendingAgreement, winter).map(paid => paid[2])).toEqual([800n, 800n, 800n])
  })
  test('an item that is not the supplier’s brings him nothing', () => {
    const own = [{ atMs: at(11, 3), minor: 2000n, item: 'B7' }]
    expect(paidBy(vendingAgreement, own)).toEqual([[12n, 0n, 800n, 1188n]])
  })
})

describe('massage chairs with investors', () => {
  const state = (transfers: SignedTransfer[]) => emptyState(transfers)
  const legsOf = (transfers: SignedTransfer[], day: number) => {
    const sale = saleOf({ atMs: at(11, day), minor: 1000n })
    const cleared = clearSale(chairs, state(transfers), sale)
    if ('refused' in cleared) return expect.fail(cleared.refused)
    return cleared.posting.legs
      .slice(3)
      .map(({ account, side, amountMinor }) => [account.split(':')[1], side, amountMinor])
  }

  test('site and maker of gross, investors of what fee and site leave', () => {
    expect(legsOf([], 1)).toEqual([
      ['sandbox', 'credit', 6n],
      [siteOrg, 'credit', 100n],
      [maker, 'credit', 50n],
      ['chairs', 'credit', 357n],
      [operatorOrg, 'credit', 487n],
      ['chairs', 'debit', 357n],
      [ann, 'credit', 215n],
      [ben, 'credit', 142n],
    ])
  })
  test('half of Ann’s units go to Cai, and with them all later sales', () => {
    const toCai: SignedTransfer = {
      effectiveFromMs: at(11, 10),
      transfer: {
        transferId: org('51'),
        agreementId: chairs.agreementId,
        account: 'participation:chairs:pool',
        fromId: ann,
        toId: cai,
        units: 30,
        validFromMs: at(11, 10),
        fromSigner: `0x${'5'.repeat(40)}`,
        toSigner: `0x${'9'.repeat(40)}`,
      },
    }
    expect(legsOf([toCai], 9).slice(6)).toEqual([
      [ann, 'credit', 215n],
      [ben, 'credit', 142n],
    ])
    expect(legsOf([toCai], 10).slice(6)).toEqual([
      [ann, 'credit', 108n],
      [ben, 'credit', 142n],
      [cai, 'credit', 107n],
    ])
  })
})

describe('shared car with a lessor', () => {
  test('lease by the day, caught up with; guarantor, tiers, reserve and trap', () => {
    const rides = [
      { atMs: at(11, 1), minor: 6000n },
      { atMs: at(11, 1), minor: 8000n },
      { atMs: at(11, 2), minor: 4000n },
    ]
    // fee, lease, manufacturer, parking, repairs, trap, guarantee, operator
    expect(paidBy(car, rides)).toEqual([
      [36n, 3000n, 600n, 300n, 300n, 0n, 0n, 1764n],
      [48n, 4000n, 800n, 400n, 400n, 0n, 0n, 2352n],
      // 30.00 carried from the day before: the ride brings 20.00, the maker stands in with 4.00.
      [24n, 2000n, 0n, 290n, 200n, 800n, 400n, 286n],
    ])
  })
  test('the reserve stops at its target', () => {
    const rides = [1, 1, 1].map(day => ({ atMs: at(11, day), minor: 10_000n }))
    expect(paidBy(car, rides).map(paid => paid[4])).toEqual([500n, 500n, 0n])
  })
})
