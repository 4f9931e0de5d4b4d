/** Refunds in a book: honest ones, and each way to take from a share what is not its difference. */
import { owed, partyShare } from '@tillproof/shared/agreement/account-path.ts'
import type { Leg } from '@tillproof/shared/agreement/clear-sale.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { lenderOrg, operatorOrg, siteOrg } from '@tillproof/shared/agreement/testing.ts'
import type { Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import {
  businessIdFromSuspense,
  businessIdOfRefund,
  fromSuspenseHash,
  refundFactsHash,
} from '@tillproof/shared/ledger/sale-facts.ts'
import { DEVICE } from '@tillproof/shared/testing/world.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kindsOf } from '../testing.ts'
import { NOW_MS, type Sold, type TestAudit, testAudit } from './testing.ts'

let audit: TestAudit
let terms: AgreementTerms
let sold: Sold
beforeEach(async () => {
  audit = await testAudit()
  terms = await audit.agree()
  sold = audit.sell(350n)
})
afterEach(() => audit.close())

const COMPANY = 'psp:sandbox:receivable'
const SWEEP = 'facility:00000000-0000-4000-8000-0000000000f1:repayment'
const SITE = partyShare(siteOrg)
const OWNER = partyShare(operatorOrg)
const debit = (account: string, amountMinor: bigint): Leg => ({
  account,
  side: 'debit',
  amountMinor,
})
const out = (amountMinor: bigint): Leg[] => [
  { account: `device:${DEVICE}:refunds`, side: 'credit', amountMinor },
  debit(`device:${DEVICE}:refunds`, amountMinor),
  { account: COMPANY, side: 'credit', amountMinor },
]
/** 1.00 of 3.50: the fee of 0.02 stays, for 0.60 % of 2.50 are 0.02 as well. */
const PART = [debit(SWEEP, 30n), debit(SITE, 10n), debit(OWNER, 60n), ...out(100n)]
const REST = [
  debit('psp:sandbox:fees', 2n),
  ...[debit(SWEEP, 75n), debit(SITE, 25n), debit(OWNER, 148n)],
  ...out(250n),
]

function refund(number: number, legs: readonly Leg[], change: Partial<Journal> = {}): Journal {
  const refundId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
  const { saleId, orderId } = sold
  const amountMinor = legs.at(-1)?.amountMinor ?? 0n
  const money = { amountMinor, currency: 'CNY' }
  return {
    ...audit.journal(sold, terms),
    kind: 'refund',
    businessId: businessIdOfRefund(refundId, saleId),
    payloadHash: refundFactsHash({ refundId, saleId, orderId, receivable: COMPANY, ...money }),
    sourceAtMs: NOW_MS,
    legs: legs.map(leg => ({ ...leg, currency: 'CNY', phase: 'posted' })),
    ...change,
  }
}

describe('an honest refund agrees to the cent', () => {
  test('in part and then in full, over looks and restarts', async () => {
    audit.book(audit.journal(sold, terms))
    audit.book(refund(1, PART))
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [] })
    audit.reopen()
    audit.book(refund(2, REST))
    const { state, books } = await audit.look()
    expect(state).toBe('ok')
    expect(books[0]).toMatchObject({ differing: 0, agreesToTheCent: true })
  })

  test('where the sale’s share was capped then, whatever is credited since', async () => {
    const first = sold
    audit.book(audit.journal(first, terms))
    sold = audit.sell(350n)
    // 0.95 were left of 2.00; of 2.50 it would ask for 0.75.
    audit.book(audit.journal(sold, terms))
    audit.book(refund(1, [debit(SWEEP, 20n), debit(SITE, 10n), debit(OWNER, 70n), ...out(100n)]))
    sold = first
    audit.book(refund(2, PART))
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [] })
  })

  test('where a share that has it no more owes it', async () => {
    audit.book(audit.journal(sold, terms))
    const legs = PART.flatMap(leg =>
      leg.account === SITE ? [debit(SITE, 4n), debit(owed(SITE), 6n)] : [leg],
    )
    audit.book(refund(1, legs))
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [] })
  })

  test('of a payment that bought nothing', async () => {
    const customers = 'customers:sandbox:owed'
    const inAndOut: Leg[] = [
      debit(COMPANY, 350n),
      { account: customers, side: 'credit', amountMinor: 350n },
      debit(customers, 350n),
      { account: COMPANY, side: 'credit', amountMinor: 350n },
    ]
    const change = { kind: 'refund-unsold', businessId: 'refund:r1', agreement: null }
    audit.book(refund(1, inAndOut, change))
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [] })
  })

  test('of a sale in suspense, which is split afterwards by what is left', async () => {
    audit.agreements = []
    audit.book(audit.journal(sold, null))
    const waits = debit('suspense:no-agreement', 100n)
    audit.book(refund(1, [waits, ...out(100n)], { agreement: null }))
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [] })
    terms = await audit.agree()
    const whole = audit.journal(sold, terms)
    const left = audit.journal({ ...sold, amountMinor: 250n }, terms)
    audit.book({
      ...left,
      kind: 'sale-from-suspense',
      businessId: businessIdFromSuspense(sold.saleId),
      payloadHash: fromSuspenseHash(whole.payloadHash),
      legs: [
        { ...debit('suspense:no-agreement', 250n), currency: 'CNY', phase: 'posted' },
        ...left.legs.slice(3),
      ],
    })
    audit.book(refund(2, REST))
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [] })
  })
})

describe('the monitor finds', () => {
  beforeEach(() => audit.book(audit.journal(sold, terms)))

  test('one cent more taken from one share, and less from another', async () => {
    const legs = [debit(SWEEP, 30n), debit(SITE, 11n), debit(OWNER, 59n), ...out(100n)]
    audit.book(refund(1, legs))
    const { findings } = await audit.look()
    expect(findings).toMatchObject([
      { kind: 'wrong-split', detail: expect.stringContaining(`${SITE} is 11 and should be 10`) },
    ])
  })

  test.each([
    ['a refund beyond what is left', () => [PART, REST, PART], ['wrong-split']],
    [
      'the lender spared at the owner’s cost',
      () => [[debit(OWNER, 100n), ...out(100n)]],
      ['wrong-split'],
    ],
    [
      'somebody else made to pay',
      () => [[debit(partyShare(lenderOrg), 100n), ...out(100n)]],
      ['wrong-split'],
    ],
  ] as [string, () => Leg[][], string[]][])('%s', async (_, refunds, kinds) => {
    for (const [at, legs] of refunds().entries()) audit.book(refund(at + 1, legs))
    expect(new Set(kindsOf(await audit.look()))).toEqual(new Set(kinds))
  })

  test('a refund of a sale that the book does not have', async () => {
    const businessId = businessIdOfRefund('r1', `${DEVICE}.1.99`)
    audit.book(refund(1, PART, { businessId }))
    expect(kindsOf(await audit.look())).toEqual(['unfounded-posting'])
  })

  test('one made from other facts', async () => {
    audit.book(refund(1, PART, { payloadHash: new Uint8Array(32) }))
    expect(kindsOf(await audit.look())).toEqual(['unfounded-posting'])
  })

  test('one booked twice', async () => {
    audit.book(refund(1, PART))
    audit.book(refund(1, PART))
    expect(kindsOf(await audit.look())).toEqual(['booked-twice'])
  })

  test('a share taken from for a payment that bought nothing', async () => {
    const change = { kind: 'refund-unsold', businessId: 'refund:r1', agreement: null }
    audit.book(refund(1, [debit(OWNER, 100n), ...out(100n)], change))
    expect(kindsOf(await audit.look())).toEqual(['wrong-split'])
  })
})
