/** An agreement, a sale and an arbitrary of valid terms, for tests here and in other workspaces. */
import fc from 'fast-check'
import type { ClearableSale } from './clear-sale.ts'
import { WHOLE_BASIS_POINTS } from './term/fields.ts'
import type { Term } from './term/term.ts'
import type { AgreementTerms } from './terms.ts'
import { waterfall } from './waterfall.ts'

export const device = 'd0000000000ca'
export const operatorOrg = '00000000-0000-4000-8000-00000000000a'
export const lenderOrg = '00000000-0000-4000-8000-00000000000b'
export const siteOrg = '00000000-0000-4000-8000-00000000000c'
const loanId = '00000000-0000-4000-8000-0000000000f1'
const operatorShare = `party:${operatorOrg}:share`

export const feeTerm: Term = {
  kind: 'payment-fee',
  name: 'payment_fee',
  channels: [{ channel: 'sandbox', basisPoints: 60 }],
}

/** Fee 0.60 %, sweep 30 % until 1,000.00 are repaid, site 10 %, the operator gets the rest. */
export const chairAgreement: AgreementTerms = withTerms(
  {
    agreementId: '00000000-0000-4000-8000-0000000000e1',
    version: 1,
    bookId: operatorOrg,
    currency: 'CNY',
    validFromMs: 1_760_000_000_000,
    utcOffsetMinutes: 480,
    deviceIds: [device],
    parties: [
      { organisationId: operatorOrg, role: 'operator', signer: `0x${'a'.repeat(40)}` },
      { organisationId: lenderOrg, role: 'lender', signer: `0x${'b'.repeat(40)}` },
      { organisationId: siteOrg, role: 'site', signer: `0x${'c'.repeat(40)}` },
    ],
    accounts: [],
    participations: [],
    terms: [],
    script: '',
  },
  [
    feeTerm,
    {
      kind: 'share',
      name: 'sweep',
      account: `facility:${loanId}:repayment`,
      basisPoints: 3000,
      after: [],
      capMinor: '100000',
    },
    {
      kind: 'share',
      name: 'site',
      account: `party:${siteOrg}:share`,
      basisPoints: 1000,
      after: [],
      capMinor: null,
    },
  ],
)

/** The agreement with these terms paid in their order, the rest to the operator. */
export function withTerms(agreement: AgreementTerms, terms: Term[]): AgreementTerms {
  const asking = terms.flatMap(term => (term.kind === 'payment-fee' ? [] : [term.account]))
  return {
    ...agreement,
    accounts: [
      ...asking.map(account => ({ account, partyId: ownerOf(account) })),
      { account: operatorShare, partyId: operatorOrg },
    ],
    terms,
    script: waterfall(terms, operatorShare),
  }
}

function ownerOf(account: string): string {
  if (account.startsWith(`party:${siteOrg}`)) return siteOrg
  return account.startsWith('facility:') ? lenderOrg : operatorOrg
}

/** A sale that `chairAgreement` covers. */
export const saleOf = (amountMinor: bigint): ClearableSale => ({
  saleId: `${device}.1.7`,
  deviceId: device,
  atMs: 1_760_000_100_000,
  channel: 'sandbox',
  item: 'A3',
  gross: { amountMinor, currency: 'CNY' },
})

const basisPoints = fc.integer({ min: 1, max: WHOLE_BASIS_POINTS })
const minor = fc.bigInt({ min: 1n, max: 10n ** 9n }).map(String)
const cap = fc.option(minor)
type Of<K extends Term['kind']> = Extract<Term, { kind: K }>

/** Any term of each kind that stands for itself; names and accounts are given later. */
const anyTerm: fc.Arbitrary<Term> = fc.oneof(
  record<'share'>({
    kind: fc.constant('share'),
    basisPoints,
    after: fc.constant([]),
    capMinor: cap,
  }),
  record<'platform-fee'>({ kind: fc.constant('platform-fee'), basisPoints, perSaleMinor: minor }),
  record<'goods'>({
    kind: fc.constant('goods'),
    prices: minor.map(costMinor => [{ item: 'A3', costMinor }]),
    unlisted: fc.constant('own'),
  }),
  record<'site-share'>({
    kind: fc.constant('site-share'),
    basisPoints,
    minimumMinor: minor,
    carries: fc.boolean(),
    upToBasisPoints: basisPoints,
  }),
  record<'tiers'>({
    kind: fc.constant('tiers'),
    period: fc.constantFrom('day', 'month'),
    bands: fc.tuple(basisPoints, basisPoints, minor).map(([low, high, from]) => [
      { fromMinor: '0', basisPoints: low },
      { fromMinor: from, basisPoints: high },
    ]),
  }),
  record<'sweep'>({
    kind: fc.constant('sweep'),
    rate: fc.constantFrom({ of: 'nothing' as const }, { of: 'gross' as const, basisPoints: 2500 }),
    minimum: fc.record({
      period: fc.constantFrom('day', 'month'),
      minor,
      carries: fc.boolean(),
      catchUpBasisPoints: basisPoints,
    }),
    capMinor: cap,
    holidays: fc.constant([]),
  }),
  record<'reserve'>({ kind: fc.constant('reserve'), targetMinor: minor, basisPoints }),
)

/** Valid terms: a fee and up to eight others of any kind, in any order. */
export const anyTerms: fc.Arbitrary<AgreementTerms> = fc
  .record({
    fee: fc.integer({ min: 0, max: 400 }),
    others: fc.array(anyTerm, { maxLength: 8 }),
  })
  .map(({ fee, others }) =>
    withTerms(chairAgreement, [
      { ...feeTerm, channels: [{ channel: 'sandbox', basisPoints: fee }] } as Term,
      ...others.map((term, at) => ({ ...term, name: `t${at}`, account: `supplier:s${at}:goods` })),
    ] as Term[]),
  )

function record<K extends Term['kind']>(
  fields: { [F in Exclude<keyof Of<K>, 'name' | 'account'>]: fc.Arbitrary<Of<K>[F]> },
): fc.Arbitrary<Term> {
  const named = { ...fields, name: fc.constant('t'), account: fc.constant('supplier:s:goods') }
  return fc.record(named as never) as fc.Arbitrary<Term>
}
