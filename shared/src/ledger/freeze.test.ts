/** What orders keep of a share and when it is released, as tables a banker can read. */
import { describe, expect, test } from 'vitest'
import {
  businessIdOfUnfreeze,
  divertingLegs,
  type Freeze,
  freezeFault,
  type PlacedFreeze,
  UNFREEZE,
  undiverted,
  unfreezeLegs,
} from './freeze.ts'
import type { JournalLeg, Side } from './posting-batch.ts'

const SITE = '00000000-0000-4000-8000-00000000005a'
const leg = (side: Side, account: string, amountMinor: bigint, currency = 'CNY'): JournalLeg => ({
  account,
  currency,
  side,
  phase: 'posted',
  amountMinor,
})
/** 3.50, of which the site has 0.35. */
const SALE = [
  leg('debit', 'psp:sandbox:receivable', 350n),
  leg('credit', 'party:op:share', 315n),
  leg('credit', `party:${SITE}:share`, 35n),
]
const order = (limitMinor: bigint | null, currency = 'CNY'): Freeze => ({
  orderId: 'o1',
  partyId: SITE,
  limit: limitMinor === null ? null : { amountMinor: limitMinor, currency },
})

describe('of a share of 0.35', () => {
  test.each([
    ['no order', [], 0n, 0n],
    ['an order without limit', [order(null)], 900n, 35n],
    ['an order of 0.20', [order(20n)], 0n, 20n],
    ['an order of 1.00 of which 0.90 are blocked', [order(100n)], 90n, 10n],
    ['an order that is filled', [order(100n)], 100n, 0n],
    ['two orders of 0.10 and 0.20', [order(10n), order(20n)], 0n, 30n],
    ['an order in another currency', [order(100n, 'EUR')], 0n, 0n],
  ] as const)('%s: keeps', (_, live, blockedMinor, kept) => {
    const legs = divertingLegs(live, SALE, () => blockedMinor)
    const expected = [
      leg('debit', `party:${SITE}:share`, kept),
      leg('credit', `party:${SITE}:blocked`, kept),
    ]
    expect(legs).toEqual(kept === 0n ? [] : expected)
    expect(undiverted([...SALE, ...legs])).toEqual(SALE)
  })

  test('what is given back of it is not diverted', () => {
    const refund = SALE.map(each => ({ ...each, side: each.side === 'debit' ? 'credit' : 'debit' }))
    expect(divertingLegs([order(null)], refund as JournalLeg[], () => 0n)).toEqual([])
  })
})

describe('a journal is found', () => {
  const placed = (fromSeq: bigint, untilSeq: bigint | null): PlacedFreeze[] => [
    { ...order(null), fromSeq, untilSeq },
  ]
  const kept = divertingLegs([order(null)], SALE, () => 0n)
  const fault = (freezes: PlacedFreeze[], legs: JournalLeg[], kind = 'sale', blocked = 0n) => {
    const businessId = kind === UNFREEZE ? businessIdOfUnfreeze('o1', 'CNY') : 'sale:1'
    return freezeFault(freezes, { seq: 7n, businessId, kind, legs }, () => blocked)
  }
  const released = unfreezeLegs(SITE, 'CNY', 35n)

  test.each([
    ['honest without an order', fault([], SALE), undefined],
    ['honest under one', fault(placed(7n, null), [...SALE, ...kept]), undefined],
    ['honest after one', fault(placed(2n, 7n), SALE), undefined],
    ['honest in releasing it', fault(placed(2n, 7n), released, UNFREEZE, 35n), undefined],
    ['to divert without one', fault([], [...SALE, ...kept]), 'diverts 35'],
    ['to divert before it', fault(placed(8n, null), [...SALE, ...kept]), 'diverts 35'],
    ['not to divert', fault(placed(7n, null), SALE), 'blocks and releases nothing'],
    ['to release under it', fault(placed(2n, null), released, UNFREEZE, 35n), 'releases 35'],
    ['to release too much', fault(placed(2n, 7n), released, UNFREEZE, 30n), 'releases 35'],
    ['to release by another name', fault(placed(2n, 7n), released, 'payout', 35n), 'releases 35'],
  ])('%s', (_, found, expected) => {
    if (expected === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(`it ${expected}`)
  })
})
