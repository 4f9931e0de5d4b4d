/** Terms that must not be signed, which version speaks for a sale, the bytes behind the hash. */
import { describe, expect, test } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { agreementBytes, agreementHash } from './canonical.ts'
import { agreementInForce, type SignedAgreement } from './in-force.ts'
import type { Share } from './term/share.ts'
import type { Term } from './term/term.ts'
import { type AgreementTerms, agreementTerms } from './terms.ts'
import { chairAgreement, device, lenderOrg, operatorOrg, siteOrg } from './testing.ts'

const deviceOwner = '00000000-0000-4000-8000-00000000dead'
const trap = {
  kind: 'cash-trap' as const,
  name: 'trap',
  account: 'reserve:x:cash',
  aboveMinor: '0',
  basisPoints: 5000,
}

const faultsOf = (change: Partial<AgreementTerms>): string[] => {
  const result = agreementTerms.safeParse({ ...chairAgreement, ...change })
  return result.success ? [] : result.error.issues.map(issue => issue.path.join('.'))
}
const [fee, sweep, site] = chairAgreement.terms as [Term, Share, Share]
const { accounts } = chairAgreement
const also = (account: string, partyId: string) => ({
  accounts: [...accounts, { account, partyId }],
})
const pool = 'participation:chairs:pool'
const held = (partyId: string, units = 10) => ({ partyId, units })
const pooled = (holders: { partyId: string; units: number }[]) => ({
  ...also(pool, operatorOrg),
  participations: [{ account: pool, holders }],
})

describe('terms', () => {
  test('good ones pass', () => {
    expect(faultsOf({})).toEqual([])
    expect(faultsOf(pooled([held(siteOrg), held(lenderOrg)]))).toEqual([])
  })

  test.each<[string, Partial<AgreementTerms>, string[]]>([
    ['an account of nobody', also('supplier:x:goods', deviceOwner), ['accounts']],
    ['an account in suspense', also('suspense:x', operatorOrg), ['accounts.3.account']],
    ['a name no script can write', also('supplier:a.b:goods', siteOrg), ['accounts.3.account']],
    ["another party's own account", also(`party:${lenderOrg}:share`, siteOrg), ['accounts']],
    ['a share of nobody', { parties: chairAgreement.parties.slice(0, 2) }, ['accounts']],
    ['an account that no owner has', { accounts: accounts.slice(1) }, ['terms']],
    ['one account asked for twice', { terms: [fee, sweep, { ...sweep, name: 'x' }] }, ['terms']],
    ['one name twice', { terms: [fee, sweep, { ...site, name: 'sweep' }] }, ['terms']],
    ['a look at a later term', { terms: [fee, { ...sweep, after: ['site'] }, site] }, ['terms']],
    ['no payment fee', { terms: [sweep, site] }, ['terms']],
    ['a pool without a register', also(pool, operatorOrg), ['participations']],
    ['a holder who is no party', pooled([held(deviceOwner)]), ['participations']],
    ['a holder twice', pooled([held(siteOrg), held(siteOrg)]), ['participations']],
    ['nothing of a pool', pooled([held(siteOrg, 0)]), ['participations.0.holders.0.units']],
    ['machines out of order', { deviceIds: [device, device] }, ['deviceIds']],
    ['a currency that is none', { currency: 'cny' }, ['currency']],
    ['a book of somebody else', { bookId: lenderOrg }, ['parties']],
    ['a share of zero', { terms: [fee, { ...site, basisPoints: 0 }] }, ['terms.1.basisPoints']],
    ['a negative cap', { terms: [fee, { ...site, capMinor: '-5' }] }, ['terms.1.capMinor']],
    ['a name the sale has', { terms: [fee, { ...site, name: 'gross' }] }, ['terms.1.name']],
    [
      'a trap that watches no sweep',
      {
        terms: [fee, site, { ...trap, watches: 'site' }],
        ...also(trap.account, lenderOrg),
      },
      ['terms'],
    ],
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
  test('begin as docs/wire/agreement.md says: array of 13, format 2, id, version 1', () => {
    const start = `8d027824${toHex(utf8(chairAgreement.agreementId))}01`
    expect(toHex(agreementBytes(chairAgreement)).startsWith(start)).toBe(true)
  })
  test('have the hash of docs/wire/agreement.md, computed there by another encoder', () => {
    expect(agreementBytes(chairAgreement)).toHaveLength(1416)
    expect(toHex(agreementHash(chairAgreement))).toBe(
      '7333360f547c557db1e8963056ae65ac7c4ece58b8cf99e2a6957802a07a4e12',
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
      { utcOffsetMinutes: 0 },
      { deviceIds: [] },
      { parties: [] },
      { accounts: [] },
      { participations: [{ account: pool, holders: [held(siteOrg)] }] },
      { participations: [{ account: pool, holders: [held(siteOrg, 11)] }] },
      { terms: [fee, site] },
      { terms: [fee, sweep, { ...site, basisPoints: 1001 }] },
      { script: 'send' },
    ]
    const hashes = changes.map(change => toHex(agreementHash({ ...chairAgreement, ...change })))
    expect(new Set(hashes).size).toBe(changes.length)
  })
})
