/** Drafts that must not be signed, each with the reason its drafter is told. */
import { describe, expect, test } from 'vitest'
import { checkAgreement } from './check.ts'
import { previewAgreement } from './preview.ts'
import type { AgreementTerms } from './terms.ts'
import { chairAgreement, feeTerm, saleOf, siteOrg, withTerms } from './testing.ts'

const codes = (change: Partial<AgreementTerms>): string[] =>
  checkAgreement({ ...chairAgreement, ...change }).map(each => each.code)
const rewritten = (from: string, to: string) => ({
  script: chairAgreement.script.replace(from, to),
})
const SHORT = ['does-not-split']
const site = `party:${siteOrg}:share`

describe('a draft', () => {
  test('that holds has no fault', () => expect(codes({})).toEqual([]))

  test.each<[string, Partial<AgreementTerms>, string[]]>([
    ['does not parse', { script: 'send $gross (' }, ['script-faulty']],
    ['has a type wrong', rewritten('monetary $sweep', 'portion $sweep'), ['script-faulty']],
    [
      'reads a balance',
      rewritten('monetary $sweep', `monetary $sweep = balance(@${site}, CNY/2)`),
      ['script-reads'],
    ],
    [
      'notes something',
      { script: `${chairAgreement.script}set_tx_meta("a", 1)\n` },
      ['script-reads'],
    ],
    ['forgets a term', rewritten(`    max $site to @${site}\n`, ''), ['variable-unused']],
    [
      'knows a variable no term computes',
      rewritten('  monetary $site\n', '  monetary $site\n  monetary $more\n'),
      ['variable-unknown'],
    ],
    [
      'has another currency’s decimals',
      rewritten('max $site', 'max $site - [CNY/3 1]'),
      ['currency-differs'],
    ],
    ['pays somebody else', rewritten(`@${site}`, '@party:x:share'), ['account-of-nobody']],
    ['takes money from elsewhere', rewritten('= $takings', '= @world'), ['account-of-nobody']],
    ['sends more than there is', rewritten('send $gross', 'send $gross + $gross'), SHORT],
    [
      'keeps something back',
      rewritten('remaining to', 'max [CNY/2 1] kept\n    remaining to'),
      SHORT,
    ],
    [
      'leaves a party nothing, ever',
      rewritten('max $payment_fee to', 'max $gross to'),
      ['variable-unused'],
    ],
  ])('that %s', (_, change, expected) => {
    expect([...new Set(codes(change))]).toEqual(expected)
  })

  test('in which an account comes behind one that takes all', () => {
    const all = {
      kind: 'share' as const,
      name: 'all',
      account: `party:${siteOrg}:share`,
      basisPoints: 10_000,
      after: [],
      capMinor: null,
    }
    const late = { ...all, name: 'late', account: 'supplier:x:goods', after: ['fee', 'all'] }
    const agreement = withTerms(chairAgreement, [{ ...feeTerm, name: 'fee' }, all, late])
    const [first] = checkAgreement(agreement).filter(each => each.code === 'part-unreachable')
    expect(first?.message).toBe('supplier:x:goods can never get anything.')
  })

  test('that gives away more than the payment company splits', () => {
    const limited = (basisPoints: number) =>
      checkAgreement(chairAgreement, new Map([['sandbox', basisPoints]])).map(each => each.code)
    expect(limited(4000)).toEqual([])
    expect(limited(3999)).toEqual(['channel-limit'])
  })
})

test('a preview is what the ledger would have booked, sale after sale, and who got it', () => {
  const sales = [350n, 99n].map(saleOf)
  const told = previewAgreement(chairAgreement, [...sales, { ...saleOf(10n), channel: 'other' }])
  expect(told).toMatchObject({
    sales: 2,
    grossMinor: 449n,
    refused: [{ reason: 'channel-without-fee', sales: 1 }],
  })
  // 2 + 1, 105 + 29, 35 + 9, 208 + 60
  expect(told.terms.map(each => each.paidMinor)).toEqual([3n, 134n, 44n, 268n])
  expect(told.accounts.map(each => each.amountMinor)).toEqual([3n, 134n, 44n, 268n])
})
