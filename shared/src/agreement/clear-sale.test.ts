/** The split: tables a banker can read, and the laws that hold for every agreement and sale. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyPlan, type Plan, accounts as scriptAccounts, splitText } from '../testing/scripts.ts'
import { clearSale, type Posting, refusalOfSale } from './clear-sale.ts'
import { type BookState, EMPTY_BOOK } from './state.ts'
import { agreementTerms } from './terms.ts'
import { anyTerms, chairAgreement, device, operatorOrg, saleOf } from './testing.ts'

describe('a banker can read it', () => {
  test.each([
    // gross, fee 0.60 % half up, sweep 30 % down, site 10 % down, operator the rest
    { gross: 350n, fee: 2n, sweep: 105n, site: 35n, operator: 208n },
    { gross: 1500n, fee: 9n, sweep: 450n, site: 150n, operator: 891n },
    { gross: 99n, fee: 1n, sweep: 29n, site: 9n, operator: 60n },
    { gross: 3n, fee: 0n, sweep: 0n, site: 0n, operator: 3n },
    { gross: 1n, fee: 0n, sweep: 0n, site: 0n, operator: 1n },
  ])('$gross is $fee + $sweep + $site + $operator', ({ gross, fee, sweep, site, operator }) => {
    const posting = cleared(clearSale(chairAgreement, EMPTY_BOOK, saleOf(gross)))
    expect(posting.parts.map(part => part.paidMinor)).toEqual([fee, sweep, site, operator])
  })

  test('money comes in from the payment company and goes out to each part', () => {
    const posting = cleared(clearSale(chairAgreement, EMPTY_BOOK, saleOf(350n)))
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
    const posting = cleared(clearSale(chairAgreement, credited(99_940n, facility), saleOf(350n)))
    expect(posting.parts[1]).toEqual({
      term: 'sweep',
      account: facility,
      requestedMinor: 60n,
      paidMinor: 60n,
      shortfallMinor: 0n,
    })
    expect(posting.parts[3]?.paidMinor).toBe(253n)
  })

  test('who asks after nothing is left gets nothing, and his shortfall is told', () => {
    const greedy = {
      ...chairAgreement,
      terms: chairAgreement.terms.map(term =>
        term.name === 'sweep' ? { ...term, basisPoints: 10_000 } : term,
      ),
    } as typeof chairAgreement
    const posting = cleared(clearSale(greedy, EMPTY_BOOK, saleOf(350n)))
    expect(posting.parts.slice(1)).toEqual([
      { ...step('sweep', facility), requestedMinor: 350n, paidMinor: 348n, shortfallMinor: 2n },
      { ...step('site', sitePath), requestedMinor: 35n, paidMinor: 0n, shortfallMinor: 35n },
    ])
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
    expect(clearSale(chairAgreement, EMPTY_BOOK, sale)).toEqual({ refused })
  })

  const sends = (destination: string, source = '$takings') =>
    `vars { monetary $gross account $takings account $payment_company }
     send $gross (source = ${source} destination = ${destination})`
  test.each([
    ['not-all-shared', 'a part kept back', sends(`{ 10% kept remaining to @${operatorPath} }`)],
    ['not-all-shared', 'money from elsewhere', sends(`@${operatorPath}`, '@world')],
    ['account-not-agreed', 'an account of nobody', sends('@party:x:share')],
    ['script-fault', 'a script that does not parse', 'send'],
    ['script-fault', 'more than there is', `send [CNY/2 351] (source = @a destination = @b)`],
  ])('%s: %s', (refused, _, script) => {
    const agreement = { ...chairAgreement, script }
    expect(clearSale(agreement, EMPTY_BOOK, saleOf(350n))).toMatchObject({ refused })
  })
})

describe('for every agreement and sale', () => {
  const gross = fc.bigInt({ min: 1n, max: 10n ** 15n })
  const amount = fc.bigInt({ min: 0n, max: 10n ** 10n })
  const tally = fc.option(
    fc.record({
      period: fc.integer({ min: 0, max: 25_000 }),
      grossMinor: amount,
      paidMinor: amount,
      carriedMinor: amount,
    }),
  )
  const world = fc.record({ terms: anyTerms, credit: amount, debit: amount, tally }).map(each => ({
    terms: each.terms,
    state: {
      creditedMinor: () => each.credit,
      debitedMinor: () => (each.debit < each.credit ? each.debit : each.credit),
      tally: () => each.tally ?? undefined,
      transfers: [],
    } satisfies BookState,
  }))
  const split = (at: { terms: typeof chairAgreement; state: BookState }, of: bigint) =>
    cleared(clearSale(at.terms, at.state, saleOf(of)))

  test('the terms that are generated are ones the schema takes', () => {
    fc.assert(fc.property(anyTerms, terms => agreementTerms.safeParse(terms).success))
  })
  test('the parts are the gross, none is negative, debits are credits', () => {
    fc.assert(
      fc.property(world, gross, (at, of) => {
        const { parts, legs } = split(at, of)
        expect(sum(parts.map(part => part.paidMinor))).toBe(of)
        for (const { requestedMinor, paidMinor, shortfallMinor } of parts) {
          expect(paidMinor >= 0n && shortfallMinor === requestedMinor - paidMinor).toBe(true)
        }
        expect(legs.every(leg => leg.amountMinor > 0n)).toBe(true)
        expect(sideOf(legs, 'debit')).toBe(sideOf(legs, 'credit'))
      }),
    )
  })
  test('the same input gives the same posting', () => {
    fc.assert(
      fc.property(world, gross, (at, of) => {
        const again = { terms: structuredClone(at.terms), state: at.state }
        expect(split(again, of)).toEqual(split(at, of))
      }),
    )
  })
  test('of a larger gross nobody asks for less, and the first in line never get less', () => {
    fc.assert(
      fc.property(world, gross, fc.bigInt({ min: 1n, max: 10n ** 6n }), (at, of, more) => {
        fc.pre(of + more <= 10n ** 15n)
        const [smaller, larger] = [split(at, of).parts, split(at, of + more).parts]
        for (const [k, { requestedMinor, term }] of smaller.entries()) {
          const after = larger.find(part => part.term === term)
          if (term !== null) expect(after?.requestedMinor).toBeGreaterThanOrEqual(requestedMinor)
          const upToK = (parts: typeof smaller) =>
            sum(parts.slice(0, k + 1).map(part => part.paidMinor))
          expect(upToK(larger)).toBeGreaterThanOrEqual(upToK(smaller))
        }
      }),
    )
  })
})

describe('for every script', () => {
  // Whose the accounts are is not the question here: all that a random script can name are agreed.
  const agreement = {
    ...chairAgreement,
    accounts: scriptAccounts.map(account => ({ account, partyId: operatorOrg })),
  }
  const scripted = (plan: Plan) => ({
    ...agreement,
    script: splitText(plan)
      .replace('source = @world', 'source = $takings')
      .replace('vars {', 'vars { account $takings'),
  })

  test('the parts are the gross and none is negative, or the sale is refused', () => {
    const gross = fc.bigInt({ min: 1n, max: 10n ** 15n })
    fc.assert(
      fc.property(anyPlan(4), gross, (plan, of) => {
        const result = clearSale(scripted(plan), EMPTY_BOOK, saleOf(of))
        if ('refused' in result) {
          return result.refused === 'not-all-shared' && splitText(plan).includes('kept')
        }
        const paid = result.posting.parts.map(part => part.paidMinor)
        return paid.every(amount => amount >= 0n) && sum(paid) === of
      }),
    )
  })
})

test('whether terms take a sale is told without running the script', () => {
  expect(refusalOfSale(chairAgreement, saleOf(350n))).toBeUndefined()
  expect(refusalOfSale({ ...chairAgreement, script: '' }, saleOf(350n))).toBeUndefined()
  const elsewhere = { ...saleOf(350n), channel: 'alipay' }
  expect(refusalOfSale(chairAgreement, elsewhere)).toBe('channel-without-fee')
  expect(refusalOfSale(chairAgreement, saleOf(0n))).toBe('gross-not-positive')
})

const operatorPath = 'party:00000000-0000-4000-8000-00000000000a:share'
const sitePath = 'party:00000000-0000-4000-8000-00000000000c:share'
const facility = 'facility:00000000-0000-4000-8000-0000000000f1:repayment'
const step = (term: string, account: string) => ({ term, account })
const credited = (amount: bigint, to: string): BookState => ({
  ...EMPTY_BOOK,
  creditedMinor: account => (account === to ? amount : 0n),
})

function cleared(result: ReturnType<typeof clearSale>): Posting {
  expect(result).toHaveProperty('ok', true)
  return (result as { posting: Posting }).posting
}

const sum = (amounts: bigint[]): bigint => amounts.reduce((total, each) => total + each, 0n)
const sideOf = (legs: Posting['legs'], side: 'debit' | 'credit'): bigint =>
  sum(legs.filter(leg => leg.side === side).map(leg => leg.amountMinor))
