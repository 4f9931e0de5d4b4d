/** A cloud that books less than machines sold: the monitor reads their logs, and finds it. */
import { DEVICE } from '@tillproof/shared/testing/world.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CLOUD, kindsOf } from '../testing.ts'
import { BOOK, NOW_MS, type TestAudit, testAudit } from './testing.ts'

const HOUR_MS = 3_600_000
const DAY_LATER_MS = NOW_MS + 24 * HOUR_MS

let audit: TestAudit
beforeEach(async () => {
  audit = await testAudit()
})
afterEach(() => audit.close())

describe('a paid sale that no batch books', () => {
  test('is found a day after it was seen, with what its machine signed', async () => {
    const terms = await audit.agree()
    audit.sellAndBook(terms, 350n, 400n)
    const { saleId, orderId } = audit.sell(500n)
    expect(kindsOf(await audit.look())).toEqual([])
    expect(kindsOf(await audit.look(DAY_LATER_MS - 1))).toEqual([])
    const report = await audit.look(DAY_LATER_MS)
    expect(report.findings).toMatchObject([
      {
        kind: 'unbooked-sale',
        origin: `book ${BOOK}, sale ${saleId}`,
        detail: `CNY 5.00, paid by order ${orderId}, is in no batch 24 hours after it was seen`,
        proof: { bundle: expect.stringContaining('"deviceHeads"') },
      },
    ])
    expect(kindsOf(await audit.look(DAY_LATER_MS + HOUR_MS))).toEqual(['unbooked-sale'])
  })

  test('is nothing when it is booked in time, also after a restart', async () => {
    const terms = await audit.agree()
    audit.sellAndBook(terms, 350n)
    const late = audit.sell(500n)
    await audit.look()
    audit.book(audit.journal(late, terms))
    audit.reopen()
    expect(kindsOf(await audit.look(DAY_LATER_MS))).toEqual([])
    expect(kindsOf(await audit.look(DAY_LATER_MS * 2))).toEqual([])
  })
})

describe('a sale of which a book need not tell', () => {
  test.each([
    ['failed', { result: 'failed' as const }],
    ['cost nothing', { amountMinor: 0n, currency: 'CNY' }],
    ['was paid at somebody else’s reader', { tender: 'reader' as const }],
  ])('that %s is not looked for', async (_, change) => {
    const terms = await audit.agree()
    audit.sellAndBook(terms, 350n)
    audit.sell(500n, change)
    await audit.look()
    expect(kindsOf(await audit.look(DAY_LATER_MS))).toEqual([])
  })
})

test('events that are kept from the monitor are missed, while they are', async () => {
  const terms = await audit.agree()
  audit.sellAndBook(terms, 350n)
  audit.sell(500n)
  const path = `/api/v1/bundles/devices/${DEVICE}?epoch=1&from=1&to=6`
  audit.lies.set(path, null)
  const report = await audit.look()
  expect(report.findings).toMatchObject([{ kind: 'withheld', origin: `${CLOUD}/d/${DEVICE}/1` }])
  audit.lies.delete(path)
  expect(kindsOf(await audit.look())).toEqual([])
})
