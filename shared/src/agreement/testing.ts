/** An agreement, a sale and an arbitrary of valid terms, for tests here and in other workspaces. */
import fc from 'fast-check'
import type { ClearableSale } from './clear-sale.ts'
import { type AgreementTerms, WHOLE_BASIS_POINTS } from './terms.ts'

export const device = 'd0000000000ca'
export const operatorOrg = '00000000-0000-4000-8000-00000000000a'
export const lenderOrg = '00000000-0000-4000-8000-00000000000b'
export const siteOrg = '00000000-0000-4000-8000-00000000000c'
const loanId = '00000000-0000-4000-8000-0000000000f1'

/** Fee 0.60 %, sweep 30 % until 1,000.00 are repaid, site 10 %, the operator gets the rest. */
export const chairAgreement: AgreementTerms = {
  agreementId: '00000000-0000-4000-8000-0000000000e1',
  version: 1,
  bookId: operatorOrg,
  currency: 'CNY',
  validFromMs: 1_760_000_000_000,
  deviceIds: [device],
  parties: [
    { organisationId: operatorOrg, role: 'operator', signer: `0x${'a'.repeat(40)}` },
    { organisationId: lenderOrg, role: 'lender', signer: `0x${'b'.repeat(40)}` },
    { organisationId: siteOrg, role: 'site', signer: `0x${'c'.repeat(40)}` },
  ],
  channelFees: [{ channel: 'sandbox', basisPoints: 60 }],
  shares: [
    {
      account: `facility:${loanId}:repayment`,
      partyId: lenderOrg,
      basisPoints: 3000,
      capMinor: '100000',
    },
    {
      account: `party:${siteOrg}:share`,
      partyId: siteOrg,
      basisPoints: 1000,
      capMinor: null,
    },
  ],
  remainder: { account: `party:${operatorOrg}:share`, partyId: operatorOrg },
}

/** A sale that `chairAgreement` covers. */
export const saleOf = (amountMinor: bigint): ClearableSale => ({
  saleId: `${device}.1.7`,
  deviceId: device,
  atMs: 1_760_000_100_000,
  channel: 'sandbox',
  gross: { amountMinor, currency: 'CNY' },
})

/** Valid terms with any split: a fee and up to eight shares that fit the whole, some capped. */
export const anyTerms: fc.Arbitrary<AgreementTerms> = fc
  .record({
    weights: fc.array(fc.integer({ min: 1, max: 1200 }), { maxLength: 8 }),
    fee: fc.integer({ min: 0, max: 400 }),
    caps: fc.array(fc.option(fc.bigInt({ min: 1n, max: 10n ** 12n })), {
      minLength: 8,
      maxLength: 8,
    }),
  })
  .map(({ weights, fee, caps }) => ({
    ...chairAgreement,
    channelFees: [{ channel: 'sandbox', basisPoints: fee }],
    shares: fitting(weights, WHOLE_BASIS_POINTS - fee).map((basisPoints, at) => ({
      account: `supplier:s${at}:goods`,
      partyId: siteOrg,
      basisPoints,
      capMinor: caps[at]?.toString() ?? null,
    })),
  }))

function fitting(weights: number[], room: number): number[] {
  let left = room
  return weights.filter(weight => {
    if (weight > left) return false
    left -= weight
    return true
  })
}
