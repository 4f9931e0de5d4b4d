/** Refunds under any terms: balanced, no share gains by one, all of it back is nothing left. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clearSale, type Leg } from './clear-sale.ts'
import { excerptOf, stateOfExcerpt } from './excerpt.ts'
import { refundSale } from './refund-sale.ts'
import { type BookState, emptyState, nextState } from './state.ts'
import type { AgreementTerms } from './terms.ts'
import { anyTerms, chairAgreement, saleOf } from './testing.ts'

const minor = fc.bigInt({ min: 1n, max: 10n ** 7n })

/** The book after some sales, and what it was before the last one. */
function sold(terms: AgreementTerms, amounts: readonly bigint[]) {
  let state = emptyState()
  let legs: readonly Leg[] = []
  let excerpt: string | null = null
  for (const amount of amounts) {
    excerpt = excerptOf(terms, state)
    const sale = saleOf(amount)
    const cleared = clearSale(terms, state, sale)
    legs = 'ok' in cleared ? cleared.posting.legs : expect.fail('not split')
    state = nextState(state, terms, { sourceAtMs: sale.atMs, legs })
  }
  return { state, legs, excerpt }
}

function refunded(terms: AgreementTerms, book: BookState, gross: bigint, parts: readonly bigint[]) {
  let left = gross
  return parts.flatMap(amountMinor => {
    const back = { beforeMinor: left, amountMinor }
    const refund = refundSale(terms, book, saleOf(gross), back)
    left -= amountMinor
    return 'ok' in refund ? refund.legs : expect.fail(refund.refused)
  })
}

const balanceOf = (legs: readonly Leg[], account: string): bigint =>
  legs
    .filter(leg => leg.account === account)
    .reduce(
      (sum, { side, amountMinor }) => sum + (side === 'credit' ? amountMinor : -amountMinor),
      0n,
    )

describe('under any terms, after any sales', () => {
  test('refunds in parts leave what a split of the rest would give, and nothing of nothing', () => {
    fc.assert(
      fc.property(
        anyTerms,
        fc.array(minor, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.nat(),
        (terms, amounts, one, other) => {
          const gross = amounts.at(-1) ?? 1n
          const { legs, excerpt } = sold(terms, amounts)
          const book = stateOfExcerpt(excerpt, [])
          const parts = [BigInt(one) % gross, BigInt(other) % gross].filter(part => part > 0n)
          const first = parts.slice(0, 1)
          const left = gross - (first[0] ?? 0n)
          const after = [...legs, ...refunded(terms, book, gross, first)]
          const split = clearSale(terms, book, saleOf(left))
          const expected = 'ok' in split ? split.posting.legs : expect.fail('not split')
          const accounts = new Set([...legs, ...expected].map(leg => leg.account))
          for (const account of accounts) {
            expect(balanceOf(after, account)).toBe(balanceOf(expected, account))
          }
          const all = [...legs, ...refunded(terms, book, gross, [...first, left])]
          for (const account of accounts) expect(balanceOf(all, account)).toBe(0n)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('no share gains by a refund, but for rounding, and the shares pay all of it', () => {
    fc.assert(
      fc.property(anyTerms, fc.array(minor, { minLength: 1, maxLength: 5 }), minor, (...given) => {
        const [terms, amounts, some] = given
        const gross = amounts.at(-1) ?? 1n
        const back = some < gross ? some : gross
        const book = stateOfExcerpt(sold(terms, amounts).excerpt, [])
        const legs = refunded(terms, book, gross, [back])
        const shares = legs.filter(leg => !/^(device|psp:sandbox:receivable)/.test(leg.account))
        // Each term rounds for itself.
        const rounding = BigInt(terms.terms.length)
        const gains = shares.filter(({ side }) => side === 'credit')
        expect(gains.filter(({ amountMinor }) => amountMinor > rounding)).toEqual([])
        const accounts = [...new Set(shares.map(({ account }) => account))]
        expect(accounts.reduce((sum, each) => sum - balanceOf(shares, each), 0n)).toBe(back)
      }),
      { numRuns: 200 },
    )
  })
})

test('more than is left, or nothing, is refused', () => {
  const book = stateOfExcerpt(excerptOf(chairAgreement, emptyState()), [])
  for (const amountMinor of [0n, -1n, 251n]) {
    const back = { beforeMinor: 250n, amountMinor }
    expect(refundSale(chairAgreement, book, saleOf(350n), back)).toEqual({
      refused: 'more-than-left',
    })
  }
})

test('terms that read nothing of the book need nothing kept', () => {
  const [fee, , site] = chairAgreement.terms
  const terms = { ...chairAgreement, terms: [fee, site].flatMap(each => each ?? []) }
  expect(excerptOf(terms, emptyState())).toBeNull()
  expect(excerptOf(chairAgreement, emptyState())).toContain('repayment')
})
