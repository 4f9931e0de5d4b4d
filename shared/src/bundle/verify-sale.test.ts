/**
 * Sales: what the events have to say, and books that do not follow from them. The journal and its
 * batch are built here as docs/wire/posting-batch.md lays them out.
 */
import { describe, expect, test } from 'vitest'
import golden from '../../vectors/bundle.json' with { type: 'json' }
import { agreementHash } from '../agreement/canonical.ts'
import type { Share } from '../agreement/term/share.ts'
import type { AgreementTerms } from '../agreement/terms.ts'
import { toBase64 } from '../bytes/base64.ts'
import { concat, utf8 } from '../bytes/bytes.ts'
import type { CborValue } from '../bytes/cbor.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'
import type { EventParts } from '../event/event.ts'
import { leafHash } from '../merkle/hash.ts'
import { leafReader } from '../merkle/leaves.ts'
import { inclusionProof } from '../merkle/proof.ts'
import { parsePolicy } from '../note/policy.ts'
import {
  bundleHead,
  cosignedCheckpoint,
  deviceHeadEntry,
  genesisParts,
  partsOf,
  policyText,
  saleBundle,
  saleLog,
  seeds,
  signHead,
} from '../testing/world.ts'
import type { Bundle } from './bundle.ts'
import { verifyBundle } from './verify.ts'

const policy = parsePolicy(policyText)
const failuresOf = (bundle: Bundle) =>
  verifyBundle(bundle, policy)
    .checks.filter(check => check.ok === false)
    .map(check => check.name)

const money = { amountMinor: 350n, currency: 'CNY' }
const requested = partsOf({ kind: 'sale.requested', index: 1, sale: 1, ...money })
const logOf = (...events: EventParts[]) => [genesisParts(seeds.device), requested, ...events]
const result = (index: number, outcome: 'success' | 'failed' | 'presumed') =>
  partsOf({ kind: 'sale.result', index, sale: 1, result: outcome })

describe('the events', () => {
  test.each<[string, EventParts[]]>([
    ['of a sale that succeeded', logOf(result(2, 'success'))],
    ['of a sale presumed after a power cut', logOf(result(2, 'presumed'))],
    ['with the amount only where it was approved', saleLog()],
    [
      'beside events of other business',
      logOf(partsOf({ kind: 'door.opened', index: 2 }), result(3, 'success')),
    ],
  ])('%s hold', (_, log) => {
    expect(failuresOf(saleBundle(log))).toEqual([])
  })

  test.each<[string, EventParts[]]>([
    ['of a sale that failed', logOf(result(2, 'failed'))],
    [
      'of a sale refused before it was said to succeed',
      logOf(partsOf({ kind: 'sale.refused', index: 2, sale: 1 }), result(3, 'success')),
    ],
    ['without an end', logOf(partsOf({ kind: 'sale.approved', index: 2, sale: 1, ...money }))],
    ['with two ends', logOf(result(2, 'success'), result(3, 'failed'))],
    [
      'with two amounts',
      logOf(
        partsOf({ kind: 'sale.approved', index: 2, sale: 1, ...money }),
        partsOf({ kind: 'sale.approved', index: 3, sale: 1, ...money, amountMinor: 1n }),
        result(4, 'success'),
      ),
    ],
    [
      'with no amount',
      [
        genesisParts(seeds.device),
        partsOf({ kind: 'sale.requested', index: 1, sale: 1 }),
        result(2, 'success'),
      ],
    ],
    [
      'opened by something else',
      [
        genesisParts(seeds.device),
        partsOf({ kind: 'payment.seen', index: 1, sale: 1, ...money }),
        result(2, 'success'),
      ],
    ],
    [
      'whose end belongs to another sale',
      logOf(partsOf({ kind: 'sale.result', index: 2, sale: 2, result: 'success' })),
    ],
  ])('%s do not', (_, log) => {
    expect(failuresOf(saleBundle(log))).toEqual(['sale'])
  })

  test.each(['d0123456789ab.2.1', 'dzzzzzzzzzzzz.1.1', 'd0123456789ab.1.2', 'rubbish'])(
    'of another sale than %s do not',
    id => {
      expect(failuresOf({ ...saleBundle(), sale: { id, clearing: null } })).toEqual(['sale'])
    },
  )
})

const terms = golden.bundle.sale.clearing.terms as AgreementTerms
const sweep = terms.terms.find(term => term.name === 'sweep') as Share
const lender = sweep.account
const takings = 'device:d0123456789ab:takings'
const legs: CborValue[][] = [
  ['psp:sandbox:receivable', 'CNY', 0, 0, 350],
  [takings, 'CNY', 1, 0, 350],
  [takings, 'CNY', 0, 0, 350],
  ['psp:sandbox:fees', 'CNY', 1, 0, 2],
  [lender, 'CNY', 1, 0, 70],
  [terms.accounts.at(-1)?.account ?? '', 'CNY', 1, 0, 278],
]
type Books = {
  legs?: CborValue[][]
  businessId?: string
  book?: string
  device?: string | null
  version?: number
  terms?: AgreementTerms
  logged?: boolean
  agreed?: boolean
  /** The sale's time as it was booked. */
  atMs?: number
}

/** The sale of {@link saleLog}, cleared: everything right but what `change` says. */
function clearedBundle(change: Books): Bundle {
  const books: Required<Books> = {
    legs,
    terms,
    version: 1,
    businessId: 'sale:d0123456789ab.1.1',
    book: terms.bookId,
    device: 'd0123456789ab',
    logged: true,
    agreed: true,
    atMs: 0,
    ...change,
  }
  const salt = new Uint8Array(16)
  const journal = encodeCbor([
    1,
    books.book,
    7,
    books.businessId,
    new Uint8Array(32),
    'sale',
    books.device,
    books.atMs,
    0,
    terms.agreementId,
    books.version,
    salt,
    books.legs,
  ])
  const header = concat(
    utf8('tillproof/posting-batch-header/v1\n'),
    encodeCbor([1, books.book, 3, 7, 1, leafHash(journal), new Uint8Array(32), 0]),
  )
  const log = saleLog()
  const note = signHead(log, log.length)
  const agreed = books.agreed ? agreementHash(books.terms) : new Uint8Array(32)
  const batch = books.logged ? sha256(header) : new Uint8Array(32)
  const entries = [
    concat(utf8('tillproof/agreement/v1\n'), agreed),
    deviceHeadEntry(note),
    concat(utf8('tillproof/posting-batch/v1\n'), batch),
  ]
  const place = (leafIndex: number) => ({
    leafIndex,
    proof: inclusionProof(leafReader(entries.map(leafHash)), leafIndex, 3).map(toBase64),
  })
  const bundle = saleBundle(log, note)
  const clearing = {
    terms: books.terms,
    agreementLeaf: place(0),
    journal: toBase64(journal),
    journalProof: [],
    batchHeader: toBase64(header),
    ...place(2),
  }
  return {
    ...bundle,
    deviceHeads: [bundleHead(log, log.length, note, 1)(entries)],
    checkpoint: { ...bundle.checkpoint, note: cosignedCheckpoint(entries) },
    sale: { id: 'd0123456789ab.1.1', clearing },
  }
}

const changedLeg = (at: number, field: number, value: CborValue) =>
  legs.map((leg, i) => (i === at ? leg.map((old, j) => (j === field ? value : old)) : leg))

describe('the clearing', () => {
  test('that follows from events and terms holds', () => {
    expect(failuresOf(clearedBundle({}))).toEqual([])
  })

  test.each<[string, Books]>([
    ['with a cent moved', { legs: changedLeg(4, 4, 69) }],
    ['to another account', { legs: changedLeg(4, 0, 'facility:L2:repayment') }],
    ['of another channel', { legs: changedLeg(0, 0, 'psp:other:receivable') }],
    ['in another currency', { legs: changedLeg(5, 1, 'USD') }],
    ['with a leg only pending', { legs: changedLeg(5, 3, 1) }],
    ['with a side that is none', { legs: changedLeg(5, 2, 2) }],
    ['with an amount in text', { legs: changedLeg(5, 4, '278') }],
    ['without legs', { legs: [] }],
    ['of another sale', { businessId: 'sale:d0123456789ab.1.2' }],
    ["in somebody else's book", { book: '00000000-0000-4000-8000-00000000dead' }],
    ["under another machine's name", { device: 'dzzzzzzzzzzzz' }],
    ["under no machine's name", { device: null }],
    ['by another version of the agreement', { version: 2 }],
    [
      'by terms that do not cover the machine',
      { terms: { ...terms, deviceIds: ['dzzzzzzzzzzzz'] } },
    ],
    ['by terms not yet valid', { terms: { ...terms, validFromMs: 8_000_000_000_000 } }],
    ['in a batch that is not logged', { logged: false }],
  ])('%s is refused', (_, books) => {
    expect(failuresOf(clearedBundle(books))).toEqual(['clearing'])
  })

  test('by terms valid when it was paid holds, though the machine’s clock was behind', () => {
    const late = { terms: { ...terms, validFromMs: 8_000_000_000_000 }, atMs: 8_000_000_000_000 }
    expect(failuresOf(clearedBundle(late))).toEqual([])
  })

  test('by terms that nobody logged is refused, or left open without a claim', () => {
    const bundle = clearedBundle({ agreed: false })
    expect(failuresOf(bundle)).toEqual(['agreement'])
    const clearing = bundle.sale?.clearing
    if (!clearing) return expect.unreachable()
    const open = {
      ...bundle,
      sale: { id: 'd0123456789ab.1.1', clearing: { ...clearing, agreementLeaf: null } },
    }
    expect(failuresOf(open)).toEqual([])
    const checks = verifyBundle(open, policy).checks
    expect(checks.find(check => check.name === 'agreement')?.ok).toBeNull()
  })

  test('of a capped share may stop short, which the bundle cannot explain and says so', () => {
    const cut = clearedBundle({ legs: moved(-40) })
    const { checks } = verifyBundle(cut, policy)
    expect(failuresOf(cut)).toEqual([])
    expect(checks.find(check => check.name === 'cap')).toEqual({
      name: 'cap',
      ok: null,
      detail: `${lender} got 30 of 70: that its cap is reached is not proven here.`,
    })
    const clear = verifyBundle(clearedBundle({}), policy).checks
    expect(clear.some(check => check.name === 'cap')).toBe(false)
  })

  test('of a capped share may not go beyond the cap', () => {
    const capMinor = (cap: string) => sweeping({ capMinor: cap })
    expect(failuresOf(clearedBundle({ terms: capMinor('50'), legs: moved(-20) }))).toEqual([])
    expect(failuresOf(clearedBundle({ terms: capMinor('49'), legs: moved(-20) }))).toEqual([
      'clearing',
    ])
  })

  test('of an uncapped share may not, nor may any share get more', () => {
    const uncapped = sweeping({ capMinor: null })
    expect(failuresOf(clearedBundle({ terms: uncapped }))).toEqual([])
    expect(failuresOf(clearedBundle({ terms: uncapped, legs: moved(-1) }))).toEqual(['clearing'])
    expect(failuresOf(clearedBundle({ legs: moved(1) }))).toEqual(['clearing'])
  })
})

/** The terms with another sweep. */
const sweeping = (change: Partial<Share>): AgreementTerms => ({
  ...terms,
  terms: terms.terms.map(term => (term === sweep ? { ...sweep, ...change } : term)),
})

/** The legs with so much more for the lender and less for the operator. */
function moved(amount: number): CborValue[][] {
  return legs.map((leg, at) => {
    if (at === 4) return leg.with(4, 70 + amount)
    return at === 5 ? leg.with(4, 278 - amount) : leg
  })
}
