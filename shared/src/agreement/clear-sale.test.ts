/** The split: tables a banker can read, and the laws that hold for every agreement and sale. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BookState, clearSale, type Posting } from './clear-sale.ts'
import { agreementTerms } from './terms.ts'
import { anyTerms, chairAgreement, device, saleOf } from './testing.ts'

const NOTHING: BookState = { creditedMinor: () => 0n }

describe('a banker can read it', () => {
  test.each([
    // gross, fee 0.60 % half up, sweep 30 % down, site 10 % down, operator the rest
    { gross: 350n, fee: 2n, sweep: 105n, site: 35n, operator: 208n },
    { gross: 1500n, fee: 9n, sweep: 450n, site: 150n, operator: 891n },
    { gross: 99n, fee: 1n, sweep: 29n, site: 9n, operator: 60n },
    { gross: 3n, fee: 0n, sweep: 0n, site: 0n, operator: 3n },
    { gross: 1n, fee: 0n, sweep: 0n, site: 0n, operator: 1n },
  ])('$gross is $fee + $sweep + $site + $operator', ({ gross, fee, sweep, site, operator }) => {
    const posting = cleared(clearSale(chairAgreement, NOTHING, saleOf(gross)))
    expect(posting.parts.map(part => part.paidMinor)).toEqual([fee, sweep, site, operator])
  })

  test('money comes in from the payment company and goes out to each part', () => {
    const posting = cleared(clearSale(chairAgreement, NOTHING, saleOf(350n)))
    const takings = `device:${device}:takings`
    expect(posting.legs).toEqual([
      { side: 'debit', account: 'psp:sandbox:receivable', amountMinor: 350n },
      { side: 'credit', account: takings, amountMinor: 350n },
      { side: 'debit', account: takings, amountMinor: 350n },
      { side: 'credit', account: 'psp:sandbox:fees', amountMinor: 2n },
      { side: 'credit', account: facility, amountMinor: 105n },
      { side: 'credit', account: sitePath, amountMinor: 35n },
      { side: 'credit', account: operatorPath, amountMinor: 208n },
    ])
  })

  test('a sweep stops at its cap, and the rest goes to the remainder', () => {
    const nearlyRepaid = {
      creditedMinor: (account: string) => (account === facility ? 99_940n : 0n),
    }
    const posting = cleared(clearSale(chairAgreement, nearlyRepaid, saleOf(350n)))
    expect(posting.parts[1]).toEqual({
      account: facility,
      requestedMinor: 105n,
      paidMinor: 60n,
      shortfallMinor: 45n,
    })
    expect(posting.parts[3]?.paidMinor).toBe(253n)
  })
})

describe('what these terms cannot split is refused by name', () => {
  const other = { amountMinor: 350n, currency: 'USD' }
  test.each([
    ['gross-not-positive', { gross: { amountMinor: 0n, currency: 'CNY' } }],
    ['gross-not-positive', { gross: { amountMinor: -1n, currency: 'CNY' } }],
    ['gross-too-large', { gross: { amountMinor: 10n ** 15n + 1n, currency: 'CNY' } }],
    ['currency-differs', { gross: other }],
    ['device-not-covered', { deviceId: 'dzzzzzzzzzzzz' }],
    ['not-yet-valid', { atMs: chairAgreement.validFromMs - 1 }],
    ['channel-without-fee', { channel: 'alipay' }],
  ] as const)('%s', (refused, change) => {
    const sale = { ...saleOf(350n), ...change }
    expect(clearSale(chairAgreement, NOTHING, sale)).toEqual({ refused })
  })
})

describe('for every agreement and sale', () => {
  const gross = fc.bigInt({ min: 1n, max: 10n ** 15n })
  const credited = fc.bigInt({ min: 0n, max: 10n ** 12n })
  const world = fc.tuple(anyTerms, credited).map(([terms, sum]) => ({
    terms,
    state: { creditedMinor: () => sum },
  }))
  const split = (at: { terms: typeof chairAgreement; state: BookState }, amount: bigint) =>
    cleared(clearSale(at.terms, at.state, saleOf(amount)))

  test('the terms that are generated are ones the schema takes', () => {
    fc.assert(fc.property(anyTerms, terms => agreementTerms.safeParse(terms).success))
  })
  test('the parts are the gross, none is negative, debits are credits', () => {
    fc.assert(
      fc.property(world, gross, (at, amount) => {
        const { parts, legs } = split(at, amount)
        expect(sum(parts.map(part => part.paidMinor))).toBe(amount)
        expect(parts.every(part => part.paidMinor >= 0n && part.shortfallMinor >= 0n)).toBe(true)
        expect(legs.every(leg => leg.amountMinor > 0n)).toBe(true)
        expect(sideOf(legs, 'debit')).toBe(sideOf(legs, 'credit'))
      }),
    )
  })
  test('the same input gives the same posting', () => {
    fc.assert(
      fc.property(world, gross, (at, amount) => {
        const again = { terms: structuredClone(at.terms), state: at.state }
        expect(split(again, amount)).toEqual(split(at, amount))
      }),
    )
  })
  test('a larger gross makes no fee and no share smaller, and the rounding stays bounded', () => {
    fc.assert(
      fc.property(world, gross, fc.bigInt({ min: 1n, max: 10n ** 6n }), (at, amount, more) => {
        fc.pre(amount + more <= 10n ** 15n)
        const smaller = split(at, amount).parts
        const larger = split(at, amount + more).parts
        const grows = larger.map((part, i) => part.paidMinor - (smaller[i]?.paidMinor ?? 0n))
        const remainder = grows.pop() ?? 0n
        expect(grows.every(by => by >= 0n)).toBe(true)
        // The remainder takes the rounding of the others: less than a unit from each of them.
        expect(remainder).toBeGreaterThan(-BigInt(grows.length) - 1n)
      }),
    )
  })
})

const operatorPath = 'party:00000000-0000-4000-8000-00000000000a:share'
const sitePath = 'party:00000000-0000-4000-8000-00000000000c:share'
const facility = 'facility:00000000-0000-4000-8000-0000000000f1:repayment'

function cleared(result: ReturnType<typeof clearSale>): Posting {
  expect(result).toHaveProperty('ok', true)
  return (result as { posting: Posting }).posting
}

const sum = (amounts: bigint[]): bigint => amounts.reduce((total, each) => total + each, 0n)
const sideOf = (legs: Posting['legs'], side: 'debit' | 'credit'): bigint =>
  sum(legs.filter(leg => leg.side === side).map(leg => leg.amountMinor))
