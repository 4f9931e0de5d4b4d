/** Shares that are kept from a party: by an order that is in the log, and otherwise. */
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import type { FreezeOrderView } from '@tillproof/shared/api/freezes.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import { divertingLegs, freezeOrderHash } from '@tillproof/shared/ledger/freeze.ts'
import type { Journal } from '@tillproof/shared/ledger/posting-batch.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { kindsOf } from '../testing.ts'
import { BOOK, FROM_MS, NOW_MS, type TestAudit, termsOf, testAudit } from './testing.ts'

let audit: TestAudit
beforeEach(async () => {
  audit = await testAudit()
})
afterEach(() => audit.close())

/** Has a share of each sale; see `termsOf`. */
const PARTY = termsOf().accounts.flatMap(({ account, partyId }) =>
  account === partyShare(partyId) ? [partyId] : [],
)[0]
const order = {
  orderId: '00000000-0000-4000-8000-00000000f0f0',
  bookId: BOOK,
  partyId: PARTY ?? '',
  cause: 'court' as const,
  document: '(2026) 1234',
  limit: null,
  fromMs: FROM_MS,
  untilMs: null,
  salt: new Uint8Array(16).fill(7),
}

/** Shown by the cloud as in force from a journal on. */
function shows(fromSeq: number, change: Partial<FreezeOrderView> = {}): void {
  const { orderId: id, fromMs, untilMs: _, salt, ...facts } = order
  const shown: FreezeOrderView = {
    ...facts,
    id,
    from: new Date(fromMs).toISOString(),
    until: null,
    orderedAt: new Date(fromMs).toISOString(),
    releasedAt: null,
    releaseDocument: null,
    state: 'in-force',
    fromSeq: String(fromSeq),
    untilSeq: null,
    salt: toHex(salt),
    blocked: [],
    ...change,
  }
  const path = `/api/v1/freeze-orders?book=${BOOK}`
  audit.lies.set(path, JSON.stringify({ items: [shown], next: null }))
}
const logs = () => audit.cloud.logLeaf('freeze-order', freezeOrderHash(order))
const diverted = (journal: Journal): Journal => {
  const legs = divertingLegs([order], journal.legs, () => 0n)
  expect(legs).toHaveLength(2)
  return { ...journal, legs: [...journal.legs, ...legs] }
}

test('by order: agrees to the cent, before it and under it', async () => {
  const terms = await audit.agree()
  logs()
  shows(2)
  audit.book(audit.journal(audit.sell(350n), terms))
  audit.book(diverted(audit.journal(audit.sell(350n), terms)))
  audit.book(diverted(audit.journal(audit.sell(350n), terms)))
  const { state, books, findings } = await audit.look()
  expect({ state, findings }).toEqual({ state: 'ok', findings: [] })
  expect(books).toMatchObject([{ journals: 3, agreed: 3, agreesToTheCent: true }])
})

test('without an order', async () => {
  const terms = await audit.agree()
  audit.book(diverted(audit.journal(audit.sell(350n), terms)))
  const report = await audit.look()
  expect(kindsOf(report)).toEqual(['wrong-freeze'])
  expect(report.books).toMatchObject([{ agreesToTheCent: false }])
})

test('not, though there is an order', async () => {
  const terms = await audit.agree()
  logs()
  shows(1)
  audit.sellAndBook(terms, 350n)
  expect(kindsOf(await audit.look())).toEqual(['wrong-freeze'])
})

test('by an order that is not in the log, or was another one when it was logged', async () => {
  const terms = await audit.agree()
  audit.book(diverted(audit.journal(audit.sell(350n), terms)))
  shows(1)
  expect(new Set(kindsOf(await audit.look()))).toEqual(new Set(['unlogged-freeze', 'wrong-freeze']))
  logs()
  shows(1, { document: 'another paper' })
  expect(kindsOf(await audit.look(NOW_MS + 1000))).toContain('unlogged-freeze')
})
