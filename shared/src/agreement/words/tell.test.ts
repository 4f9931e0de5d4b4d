/** What the parties read before they sign, in both languages; written by hand. */
import { describe, expect, test } from 'vitest'
import { formatTold } from '../../numscript/explain/explain.ts'
import { vending } from '../template/vending.ts'
import type { Term } from '../term/term.ts'
import { chairAgreement, operatorOrg, siteOrg, withTerms } from '../testing.ts'
import { tellAgreement, tellChanges } from './tell.ts'

const supplier = '00000000-0000-4000-8000-000000000020'
const agreement = {
  ...chairAgreement,
  ...vending({
    channels: [{ channel: 'sandbox', basisPoints: 60 }],
    operatorId: operatorOrg,
    supplier: {
      partyId: supplier,
      prices: [{ item: 'A1', costMinor: '180' }],
      unlisted: 'own',
    },
    landlord: {
      partyId: siteOrg,
      basisPoints: 1500,
      minimumMinor: '150000',
      upToBasisPoints: 4000,
    },
  }),
}
const names: Record<string, string> = {
  [`supplier:${supplier}:goods`]: 'Spring Drinks',
  [`party:${siteOrg}:share`]: 'Central Station',
  [`party:${operatorOrg}:share`]: 'Harbour Machines',
}
const known = { account: (path: string) => names[path] }

test('in English', () => {
  expect(formatTold(tellAgreement(agreement, 'en', known))).toBe(`Valid from 2025-10-09.
“payment fee”: the payment company’s fee, 0.6 % through sandbox.
“goods”: for each item sold its price: A1 CNY 1.80; nothing for other items.
“rent”: of each month the greater of 15 % of its takings and CNY 1500.00, at most 40 % of a sale; \
what stays unpaid is owed in the next month.
Each sale is given away in this order:
  – Send “price of the sale”:
    – from “takings of the machine”
    – all of it is shared out:
      – first “payment company” gets at most “payment fee”
      – then Spring Drinks gets at most “goods”
      – then Central Station gets at most “rent”
      – then Harbour Machines gets what is left
`)
})

test('in Chinese', () => {
  const [, fee, , rent] = tellAgreement(agreement, 'zh-CN', known)
  expect(fee?.text).toBe('“payment fee”：支付公司手续费，sandbox 渠道 0.6 %。')
  expect(rent?.text).toBe(
    '“rent”：每月取当月收入的 15 % 与 CNY 1500.00 中较高者，单笔至多 40 %；未付部分计入下月。',
  )
})

describe('every kind of term', () => {
  const base = { name: 'x', account: 'supplier:x:goods' }
  const terms: [Term, string, string][] = [
    [
      { ...base, kind: 'platform-fee', basisPoints: 100, perSaleMinor: '5' },
      '1 % of each sale and CNY 0.05 a sale',
      '每笔销售的 1 %，另加每笔 CNY 0.05',
    ],
    [
      { ...base, kind: 'share', basisPoints: 4000, after: ['fee', 'rent'], capMinor: '1000' },
      '40 % of what fee, rent leave of each sale, until it has got CNY 10.00 in all',
      '每笔销售扣除fee、rent后的 40 %，累计至 CNY 10.00 为止',
    ],
    [
      {
        ...base,
        kind: 'tiers',
        period: 'month',
        bands: [
          { fromMinor: '0', basisPoints: 500 },
          { fromMinor: '10000', basisPoints: 800 },
        ],
      },
      'of each month’s takings 5 % from CNY 0.00, 8 % from CNY 100.00',
      '每月收入分档：自 CNY 0.00 起 5 %，自 CNY 100.00 起 8 %',
    ],
    [
      {
        ...base,
        kind: 'sweep',
        rate: {
          of: 'greater',
          rates: [
            { of: 'gross', basisPoints: 3000 },
            { of: 'unit', minor: '100' },
          ],
        },
        minimum: { period: 'day', minor: '10000', carries: true, catchUpBasisPoints: 5000 },
        capMinor: '500000',
        holidays: [{ fromMs: Date.UTC(2026, 1, 15), untilMs: Date.UTC(2026, 1, 22) }],
      },
      'the greater of 30 % of each sale and CNY 1.00 a sale; at least CNY 100.00 a day, caught ' +
        'up with out of up to 50 % of each sale; what stays unpaid is owed in the next; until ' +
        'CNY 5000.00 are paid; nothing from 2026-02-15 to before 2026-02-22',
      '每笔销售的 30 %与每笔 CNY 1.00中较高者；每日至少 CNY 100.00，' +
        '不足时从每笔销售中补取，至多 50 %；未付部分计入下期；付满 CNY 5000.00 为止；2026-02-15 至 2026-02-22 前免付',
    ],
    [
      { ...base, kind: 'reserve', targetMinor: '1000', basisPoints: 500 },
      'a reserve, filled to CNY 10.00 with up to 5 % of each sale',
      '准备金，补足至 CNY 10.00，每笔至多 5 %',
    ],
    [
      { ...base, kind: 'cash-trap', watches: 'lease', aboveMinor: '2500', basisPoints: 2000 },
      'while more than CNY 25.00 of “lease” were carried unpaid, 20 % of each sale is held back',
      '“lease”结转未付超过 CNY 25.00 期间，每笔销售留存 20 %',
    ],
    [
      { ...base, kind: 'guarantor-call', of: 'lease', from: 'maker' },
      'what “lease” has carried unpaid, out of “maker”',
      '“lease”结转未付的部分，由“maker”代付',
    ],
  ]
  test.each(terms)('$kind', (term, en, zh) => {
    const told = (language: 'en' | 'zh-CN') =>
      tellAgreement({ ...agreement, terms: [term] }, language)[1]?.text
    expect(told('en')).toBe(`“x”: ${en}.`)
    expect(told('zh-CN')).toBe(`“x”：${zh}。`)
  })
})

test('what a version changes', () => {
  const [fee, sweep, site] = chairAgreement.terms as [Term, Term, Term]
  const dearer = { ...site, basisPoints: 1200 } as Term
  const after = { ...withTerms(chairAgreement, [fee, dearer]), version: 2 }
  expect(sweep.name).toBe('sweep')
  expect(tellChanges(chairAgreement, after, 'en')).toEqual([
    '“site” was: 10 % of each sale; is now: 12 % of each sale.',
    'No more: “sweep”: 30 % of each sale, until it has got CNY 1000.00 in all.',
    'No more: an account: facility:00000000-0000-4000-8000-0000000000f1:repayment ' +
      '(00000000-0000-4000-8000-00000000000b)',
    'No more: a line of the script: monetary $sweep',
    'No more: a line of the script: max $sweep to ' +
      '@facility:00000000-0000-4000-8000-0000000000f1:repayment',
  ])
  expect(tellChanges(after, after, 'zh-CN')).toEqual([])
})
