/**
 * What a book is split from: agreements that were swapped, unsigned or never logged, events that
 * are hidden, forged or of another history. The monitor finds it.
 */
import type { SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import {
  operatorOrg,
  siteOrg,
  lenderOrg as taker,
  withTerms,
} from '@tillproof/shared/agreement/testing.ts'
import {
  type Transfer,
  transferHash,
  transferTypedData,
} from '@tillproof/shared/agreement/transfer.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { DEVICE } from '@tillproof/shared/testing/world.ts'
import type { Hex } from 'viem'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CLOUD, kindsOf } from '../testing.ts'
import { agreementDigest } from './agreement-rule.ts'
import { FROM_MS, keyOf, NOW_MS, type TestAudit, termsOf, testAudit } from './testing.ts'

let audit: TestAudit
beforeEach(async () => {
  audit = await testAudit()
})
afterEach(() => audit.close())

describe('the monitor finds an agreement', () => {
  test('that is not in the log', async () => {
    audit.sellAndBook(await audit.agree(termsOf(), { isLogged: false }), 350n)
    const report = await audit.look()
    expect(kindsOf(report)).toEqual(['unlogged-agreement'])
    expect(report.findings[0]?.origin).toMatch(/^agreement 0{8}-.* version 1$/)
    expect(report.books).toMatchObject([{ agreed: 0, differing: 1 }])
  })

  test('that one party has not signed', async () => {
    audit.sellAndBook(await audit.agree(termsOf(), { signers: 2 }), 350n)
    const report = await audit.look()
    expect(kindsOf(report)).toEqual(['unsigned-agreement'])
    expect(report.findings[0]?.detail).toContain(siteOrg)
  })

  test('whose signatures are for other terms', async () => {
    const terms = await audit.agree()
    const other = await audit.agree({ ...terms, version: 2 })
    const [first, second] = audit.agreements
    audit.agreements = [first, { ...second, signatures: first?.signatures ?? [] }] as never
    audit.sellAndBook(other, 350n)
    expect(kindsOf(await audit.look())).toEqual(['unsigned-agreement'])
  })

  test('of which other terms are shown than the ones that were signed', async () => {
    const terms = await audit.agree()
    const [honest] = audit.agreements
    audit.agreements = [{ ...honest, terms: termsOf({ script: `${terms.script} ` }) }] as never
    audit.sellAndBook(terms, 350n)
    expect(kindsOf(await audit.look())).toEqual(['unlogged-agreement'])
  })

  test('in whose place another version is shown', async () => {
    const terms = await audit.agree()
    const next = await audit.agree({ ...terms, version: 2, validFromMs: NOW_MS * 2 })
    const path = `/api/v1/agreements/${terms.agreementId}/versions/1`
    audit.lies.set(path, JSON.stringify(audit.agreements[1]))
    audit.sellAndBook(terms, 350n)
    audit.agreements = audit.agreements.filter(({ version }) => version === next.version)
    expect(kindsOf(await audit.look())).toEqual(['swapped-agreement'])
  })

  test('that is said to speak only from after it was logged', async () => {
    const terms = await audit.agree()
    const [honest] = audit.agreements
    const effectiveFrom = new Date(NOW_MS + 86_400_000).toISOString()
    audit.agreements = [{ ...honest, effectiveFrom }] as never
    audit.sellAndBook(terms, 350n)
    expect(kindsOf(await audit.look())).toEqual(['swapped-agreement'])
  })

  test('under whose version other terms stand in the registry', async () => {
    const terms = await audit.agree()
    audit.sellAndBook(terms, 350n)
    audit.registered = async () => agreementDigest(terms, CLOUD)
    expect(await audit.look()).toMatchObject({
      state: 'ok',
      books: [{ agreements: { proven: 1, registered: 1 } }],
    })
    audit.registered = async () => `0x${'ab'.repeat(32)}` as Hex
    expect(kindsOf(await audit.look())).toEqual(['swapped-agreement'])
  })
})

test('a version that was proven once counts, whatever is shown of it later', async () => {
  const terms = await audit.agree()
  audit.sellAndBook(terms, 350n)
  await audit.look()
  audit.reopen()
  audit.agreements = []
  audit.book(audit.journal(audit.sell(350n), terms))
  expect(await audit.look()).toMatchObject({ state: 'ok', books: [{ agreed: 2 }] })
})

describe('the monitor finds a posting', () => {
  const bundleOf = (saleId: string) => `/api/v1/bundles/sales/${saleId}`

  test('behind which the cloud hides the event', async () => {
    const sold = audit.sell(350n)
    audit.book(audit.journal(sold, await audit.agree()))
    audit.lies.set(bundleOf(sold.saleId), null)
    const report = await audit.look()
    expect(report.findings).toMatchObject([
      { kind: 'unfounded-posting', detail: 'the cloud shows no event behind it' },
    ])
  })

  test('of a sale that nobody made', async () => {
    const sold = { ...audit.sell(350n), saleId: `${DEVICE}.1.77` }
    audit.book(audit.journal(sold, await audit.agree()))
    expect(kindsOf(await audit.look())).toEqual(['unfounded-posting'])
  })

  test('of a sale that the machine says failed', async () => {
    const sold = audit.sell(350n, { result: 'failed' })
    audit.book(audit.journal(sold, await audit.agree()))
    const report = await audit.look()
    expect(report.findings).toMatchObject([
      { kind: 'unfounded-posting', detail: 'The machine says that the sale failed.' },
    ])
  })

  test('whose event was changed on its way', async () => {
    const sold = audit.sell(350n)
    audit.book(audit.journal(sold, await audit.agree()))
    audit.cloud.publish()
    const shown = JSON.stringify(audit.bundle(sold.saleId))
    const [, bytes = ''] = /"events":\[{[^}]*"bytes":"([^"]+)"/.exec(shown) ?? []
    const other = bytes.startsWith('q') ? `p${bytes.slice(1)}` : `q${bytes.slice(1)}`
    audit.lies.set(bundleOf(sold.saleId), shown.replace(bytes, other))
    const report = await audit.look()
    expect(kindsOf(report)).toEqual(['unfounded-posting'])
    expect(report.findings[0]?.proof.bundle).toContain('deviceHeads')
  })

  test('that is proven with the events of another sale', async () => {
    const [sold, another] = [audit.sell(350n), audit.sell(990n)]
    audit.book(audit.journal(sold, await audit.agree()))
    audit.cloud.publish()
    audit.lies.set(bundleOf(sold.saleId), JSON.stringify(audit.bundle(another.saleId)))
    expect(kindsOf(await audit.look())).toEqual(['unfounded-posting'])
  })

  test('whose proof rests on a second history of the log: two-checkpoints', async () => {
    const sold = audit.sell(350n)
    audit.book(audit.journal(sold, await audit.agree()))
    const honest = [...audit.cloud.leaves]
    audit.cloud.logOther(1).publish()
    audit.lies.set(bundleOf(sold.saleId), JSON.stringify(audit.bundle(sold.saleId)))
    audit.cloud.leaves = honest
    audit.cloud.logLeaf('pledge', new Uint8Array([1]))
    const report = await audit.look()
    expect(report).toMatchObject({ state: 'contradicted', exitCode: 21 })
    expect(kindsOf(report)).toContain('two-checkpoints')
  })
})

test('what cannot be asked now is asked again, and holds up what comes after it', async () => {
  const terms = await audit.agree()
  const sold = audit.sell(350n)
  audit.book(audit.journal(sold, terms))
  audit.sellAndBook(terms, 350n)
  audit.lies.set('/api/v1/agreements', 'the proxy is asleep')
  expect(await audit.look()).toMatchObject({ state: 'unreachable', books: [{ waiting: 2 }] })
  audit.lies.clear()
  expect(await audit.look()).toMatchObject({ state: 'ok', books: [{ waiting: 0, agreed: 2 }] })
})

describe('a participation', () => {
  const pool = 'participation:bond:pool'
  const units: Transfer = {
    transferId: '00000000-0000-4000-8000-0000000000d1',
    agreementId: termsOf().agreementId,
    account: pool,
    fromId: operatorOrg,
    toId: taker,
    units: 40,
    validFromMs: FROM_MS + 60_000,
    fromSigner: keyOf(0).address.toLowerCase(),
    toSigner: keyOf(1).address.toLowerCase(),
  }

  test('is passed on to those who hold it, after a transfer that both sides signed', async () => {
    const terms = await audit.agree(divided())
    await transfer()
    audit.book(passedOn(terms, [60n, 40n]))
    expect(await audit.look()).toMatchObject({ state: 'ok', findings: [], books: [{ agreed: 1 }] })
  })

  test('moved by a transfer that nobody sees, the monitor calls a wrong split', async () => {
    const terms = await audit.agree(divided())
    audit.book(passedOn(terms, [60n, 40n]))
    expect(kindsOf(await audit.look())).toEqual(['wrong-split'])
  })

  test('moved by a transfer that its giver has not signed, it finds both', async () => {
    const terms = await audit.agree(divided())
    await transfer(2)
    audit.book(passedOn(terms, [60n, 40n]))
    expect(kindsOf(await audit.look())).toEqual(['unsigned-agreement', 'wrong-split'])
  })

  /** All that the fee leaves goes to a pool of 100 units, which the operator holds. */
  function divided(): AgreementTerms {
    const base = termsOf()
    const [fee = expect.fail()] = base.terms
    const share = { kind: 'share', name: 'bond', account: pool, basisPoints: 1000 } as const
    const terms = withTerms(base, [fee, { ...share, after: [], capMinor: null }])
    const holders = [{ partyId: operatorOrg, units: 100 }]
    return { ...terms, participations: [{ account: pool, holders }] }
  }

  async function transfer(giver = 0): Promise<void> {
    const typed = transferTypedData(units, CLOUD)
    const signedAt = new Date(units.validFromMs).toISOString()
    const signed: SignedTransfer = { transfer: units, effectiveFromMs: units.validFromMs }
    audit.cloud.logLeaf('agreement', transferHash(signed.transfer))
    audit.transfers.push({
      transfer: units,
      hash: toHex(transferHash(units)),
      proposedAt: signedAt,
      signatures: await Promise.all(
        [
          [operatorOrg, giver],
          [taker, 1],
        ].map(async ([organisationId, at]) => ({
          organisationId: String(organisationId),
          signature: await keyOf(Number(at)).signTypedData(typed),
          signedAt,
        })),
      ),
      missing: [],
      effectiveFrom: signedAt,
    })
  }

  /** A sale of 10.00 whose 1.00 for the pool is passed on in these parts. */
  function passedOn(terms: AgreementTerms, [own, theirs]: [bigint, bigint]) {
    const journal = audit.journal(audit.sell(1000n), terms)
    const parts = new Map([
      [`party:${operatorOrg}:share`, own],
      [`party:${taker}:share`, theirs],
    ])
    const [last = expect.fail()] = journal.legs.slice(-1)
    const kept = journal.legs.slice(0, -1)
    const out = [...parts].map(([account, amountMinor]) => ({ ...last, account, amountMinor }))
    return { ...journal, legs: [...kept, ...out] }
  }
})
