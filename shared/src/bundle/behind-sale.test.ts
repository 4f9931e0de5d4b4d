/**
 * One sale without the book before it: what follows from the sale alone has to be so, what depends
 * on earlier sales has to be possible, and is said to be no more than that.
 */
import { describe, expect, test } from 'vitest'
import { type ClearableSale, clearSale, type Leg } from '../agreement/clear-sale.ts'
import { EMPTY_BOOK } from '../agreement/state.ts'
import { massageChair } from '../agreement/template/massage-chair.ts'
import { vending } from '../agreement/template/vending.ts'
import { chairAgreement, lenderOrg, operatorOrg, saleOf, siteOrg } from '../agreement/testing.ts'
import { judgeLegs } from './behind-sale.ts'

const supplier = '00000000-0000-4000-8000-000000000020'
const channels = [{ channel: 'sandbox', basisPoints: 60 }]
const shop = {
  ...chairAgreement,
  ...vending({
    channels,
    operatorId: operatorOrg,
    supplier: { partyId: supplier, prices: [{ item: 'A3', costMinor: '100' }], unlisted: 'own' },
    landlord: {
      partyId: siteOrg,
      basisPoints: 1500,
      minimumMinor: '1000',
      upToBasisPoints: 4000,
    },
  }),
}
const sale: ClearableSale = saleOf(350n)

function legsOf(agreement: typeof shop): Leg[] {
  const cleared = clearSale(agreement, EMPTY_BOOK, sale)
  return 'refused' in cleared ? expect.fail(cleared.refused) : cleared.posting.legs
}
/** So much less for the one account, and more for the other. */
const moved = (legs: Leg[], from: string, to: string, amount: bigint): Leg[] =>
  legs.map(leg => {
    if (leg.side === 'debit') return leg
    if (leg.account.startsWith(from)) return { ...leg, amountMinor: leg.amountMinor - amount }
    return leg.account.startsWith(to) ? { ...leg, amountMinor: leg.amountMinor + amount } : leg
  })
const [site, operator, goods] = [`party:${siteOrg}`, `party:${operatorOrg}`, 'supplier:']

describe('a rent that depends on the month', () => {
  // 350: fee 2, goods 100, rent 140 of the 10.00 that are due, operator 108.
  test('as in a fresh book is proven', () => {
    expect(judgeLegs(shop, sale, legsOf(shop))).toEqual({ unproven: [] })
  })
  test('as later in the month is possible, and said to be no more', () => {
    const later = moved(legsOf(shop), site, operator, 88n)
    expect(judgeLegs(shop, sale, later)).toEqual({
      unproven: [expect.stringContaining('depends on earlier sales')],
    })
  })
  test('is no reason to give the supplier more than his price', () => {
    const greedy = moved(legsOf(shop), site, goods, 1n)
    expect(judgeLegs(shop, sale, greedy)).toEqual({
      refused: `supplier:${supplier}:goods got more than it asks for`,
    })
  })
  test('is no reason to pay somebody who is not agreed', () => {
    const legs = legsOf(shop).map(leg =>
      leg.account.startsWith(site) ? { ...leg, account: 'party:x:share' } : leg,
    )
    expect(judgeLegs(shop, sale, legs)).toEqual({
      refused: 'party:x:share has no part in the agreement',
    })
  })
  test('is no reason to take the money from elsewhere', () => {
    const [first, ...others] = legsOf(shop)
    const legs = first ? [{ ...first, account: 'psp:other:receivable' }, ...others] : []
    expect(judgeLegs(shop, sale, legs)).toHaveProperty('refused')
  })
})

test('holders may have changed: their parts are possible, the pool’s own is not theirs', () => {
  const chairs = {
    ...chairAgreement,
    ...massageChair({
      channels,
      operatorId: operatorOrg,
      site: { partyId: siteOrg, basisPoints: 1000 },
      manufacturer: { partyId: supplier, basisPoints: 500 },
      investors: {
        name: 'chairs',
        basisPoints: 4000,
        holders: [{ partyId: lenderOrg, units: 1 }],
      },
    }),
  }
  const legs = legsOf(chairs)
  expect(judgeLegs(chairs, sale, legs)).toEqual({ unproven: [] })
  const sold = legs.map(leg =>
    leg.account === `party:${lenderOrg}:share` ? { ...leg, account: 'party:new:share' } : leg,
  )
  expect(judgeLegs(chairs, sale, sold)).toHaveProperty('unproven.length', 1)
  const taken = legs.map(leg =>
    leg.account === `party:${lenderOrg}:share` ? { ...leg, account: 'reserve:x:cash' } : leg,
  )
  expect(judgeLegs(chairs, sale, taken)).toHaveProperty('refused')
})

test('a sale that the terms do not take has no legs that follow from them', () => {
  const elsewhere = { ...sale, channel: 'alipay' }
  expect(judgeLegs(shop, elsewhere, legsOf(shop))).toEqual({
    refused: 'the agreement does not cover it (channel-without-fee)',
  })
})
