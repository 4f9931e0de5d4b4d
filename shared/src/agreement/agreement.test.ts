/** Terms that must not be signed, which version speaks for a sale, the bytes behind the hash. */
import { describe, expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { agreementBytes, agreementHash } from './canonical.ts'
import { agreementInForce, type SignedAgreement } from './in-force.ts'
import { type AgreementTerms, agreementTerms } from './terms.ts'
import { chairAgreement, device, lenderOrg, operatorOrg, siteOrg } from './testing.ts'

const faultsOf = (change: Partial<AgreementTerms>): string[] => {
  const result = agreementTerms.safeParse({ ...chairAgreement, ...change })
  return result.success ? [] : result.error.issues.map(issue => issue.path.join('.'))
}
const [sweep, site] = chairAgreement.shares
const greedy = { ...chairAgreement.shares[0], basisPoints: 9941 } as typeof sweep

describe('terms', () => {
  test('good ones pass', () => expect(faultsOf({})).toEqual([]))

  test.each<[string, Partial<AgreementTerms>, string[]]>([
    ['fee and shares beyond the whole', { shares: [greedy].filter(x => !!x) }, ['shares']],
    ['a share of nobody', { parties: chairAgreement.parties.slice(0, 2) }, ['shares']],
    ['one account twice', { shares: [sweep, sweep].filter(x => !!x) }, ['shares']],
    [
      'a share into suspense',
      { remainder: { account: 'suspense:x', partyId: operatorOrg } },
      ['remainder.account'],
    ],
    [
      'a share into the account of another party',
      { shares: [{ ...sweep, account: `party:${lenderOrg}:share`, partyId: siteOrg } as never] },
      ['shares'],
    ],
    [
      'a remainder into the account of another party',
      { shares: [], remainder: { account: `party:${lenderOrg}:share`, partyId: operatorOrg } },
      ['remainder'],
    ],
    ['machines out of order', { deviceIds: [device, device] }, ['deviceIds']],
    ['a currency that is none', { currency: 'cny' }, ['currency']],
    ['a book of somebody else', { bookId: lenderOrg }, ['parties']],
    [
      'a share of zero',
      { shares: [{ ...site, basisPoints: 0 } as never] },
      ['shares.0.basisPoints'],
    ],
    ['a negative cap', { shares: [{ ...site, capMinor: '-5' } as never] }, ['shares.0.capMinor']],
  ])('%s', (_, change, fields) => {
    expect(faultsOf(change)).toEqual(fields)
  })

  test('an unknown field is refused, so nobody signs what nobody reads', () => {
    const result = agreementTerms.safeParse({ ...chairAgreement, sweepEverything: true })
    expect(result.success).toBe(false)
  })
})

describe('in force', () => {
  const version = (number: number, fromMs: number, change: Partial<AgreementTerms> = {}) =>
    ({
      terms: { ...chairAgreement, version: number, ...change },
      effectiveFromMs: fromMs,
    }) satisfies SignedAgreement
  const at = (atMs: number) => ({ deviceId: device, currency: 'CNY', atMs })
  const versionAt = (signed: SignedAgreement[], atMs: number) => {
    const found = agreementInForce(signed, at(atMs))
    return 'ok' in found ? found.agreement.terms.version : found.refused
  }

  test("the sale's own time decides, to the millisecond", () => {
    const signed = [version(2, 2000), version(1, 1000)]
    expect([999, 1000, 1999, 2000].map(ms => versionAt(signed, ms))).toEqual([
      'no-agreement',
      1,
      1,
      2,
    ])
  })
  test('a version without the machine ends its cover', () => {
    const without = version(2, 2000, { deviceIds: ['dzzzzzzzzzzzz'] })
    expect(versionAt([version(1, 1000), without], 2500)).toBe('no-agreement')
  })
  test('an older version that took effect later does not come back', () => {
    expect(versionAt([version(2, 1000), version(1, 2000)], 3000)).toBe(2)
  })
  test('two agreements for one machine are nobody’s guess', () => {
    const another = version(1, 1000, { agreementId: '00000000-0000-4000-8000-0000000000e2' })
    expect(versionAt([version(1, 1000), another], 2000)).toBe('several-agreements')
  })
})

describe('specified bytes', () => {
  test('begin as docs/wire/agreement.md says: array of 11, format 1, id, version 1', () => {
    const start = `8b017824${toHex(utf8(chairAgreement.agreementId))}01`
    expect(toHex(agreementBytes(chairAgreement)).startsWith(start)).toBe(true)
  })
  test('have the hash of docs/wire/agreement.md, computed there by another encoder', () => {
    expect(agreementBytes(chairAgreement)).toHaveLength(677)
    expect(toHex(agreementHash(chairAgreement))).toBe(
      '66fc0e18c93b67699ab32082c36c9a7a4f56489b061d478d9dbec89431a5ef67',
    )
  })
  test('every field moves the hash', () => {
    const changes: Partial<AgreementTerms>[] = [
      {},
      { agreementId: lenderOrg },
      { version: 2 },
      { bookId: lenderOrg },
      { currency: 'USD' },
      { validFromMs: 0 },
      { deviceIds: [] },
      { parties: [] },
      { channelFees: [] },
      { shares: [] },
      { remainder: { account: 'party:x:share', partyId: operatorOrg } },
    ]
    const hashes = changes.map(change => toHex(agreementHash({ ...chairAgreement, ...change })))
    expect(new Set(hashes).size).toBe(changes.length)
  })
})
