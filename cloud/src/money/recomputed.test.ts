/**
 * A day's sales recomputed from outside, with no word of the cloud believed. Honest books agree to
 * the cent; one altered posting is found.
 */
import { join } from 'node:path'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { alter } from './testing-altered-posting.ts'
import { type Audit, type AuditedBook, auditedBook, DAY, SWEEP } from './testing-audited-book.ts'

let book: AuditedBook
beforeAll(async () => {
  book = await auditedBook()
})
afterAll(() => book.close())

test('a day’s sales, recomputed, agree to the cent, also beyond a cap', async () => {
  // Fee 0.60 % half up, sweep 30 % down until 1.50 is paid, the operator the rest.
  for (const [at, amount] of [350n, 150n, 99n, 350n].entries()) await book.sell(at % 2, amount)
  await book.clear()
  await book.publish()
  const first = await book.monitor('--day', DAY)
  expect(first.report).toMatchObject({ state: 'ok', findings: [], reason: null })
  expect(first.report.books).toMatchObject([
    { day: DAY, journals: 4, agreed: 4, differing: 0, waiting: 0, agreesToTheCent: true },
  ])
  // 350: 2 + 105 + 243 · 150: 1 + 45 of which the cap lets 45 + 104 · 99: 1 + 0 + 98 · 350: 2 + 348
  expect(sumsOf(first.report)).toEqual({
    'psp:sandbox:fees': '6',
    [SWEEP]: '150',
    [partyShare(book.operator.organisation.id)]: '793',
  })
  expect(first.code).toBe(0)
})

test('the next look goes on from what the one before has recomputed', async () => {
  for (let i = 0; i < 70; i++) await book.sell(i % 2, 350n)
  await book.clear()
  await book.publish()
  const { report } = await book.monitor('--day', DAY)
  expect(report.books).toMatchObject([{ journals: 74, agreed: 74, agreesToTheCent: true }])
  expect(sumsOf(report)[SWEEP]).toBe('150')
  expect(report.findings).toEqual([])
})

test('killed in the midst of it, the monitor neither doubles nor leaves out', async () => {
  const anew = ['--day', DAY, '--dir', join(book.dir, 'killed')]
  for (const afterMs of [700, 1000, 1300, 1600, 2000]) await book.killedMonitor(afterMs, ...anew)
  const { report } = await book.monitor(...anew)
  expect(report.books).toMatchObject([{ journals: 74, agreed: 74, agreesToTheCent: true }])
  expect(sumsOf(report)[SWEEP]).toBe('150')
})

test('one posting altered before anybody read it, all hashes made anew: wrong-split', async () => {
  const [saleId] = [await book.sell(0, 350n), await book.sell(1, 350n)]
  await book.clear()
  await alter(book, `sale:${saleId}`, { isLogged: true })
  await book.publish()
  const { report, code } = await book.monitor('--day', DAY)
  expect(report.findings).toMatchObject([
    {
      kind: 'wrong-split',
      origin: expect.stringContaining(`sale:${saleId}`),
      detail: expect.stringContaining('should be'),
    },
  ])
  expect(report.books).toMatchObject([
    { journals: 76, agreed: 75, differing: 1, agreesToTheCent: false },
  ])
  expect(code).toBe(20)
})

test('one altered after it was read, all hashes made anew: altered-batch', async () => {
  const saleId = await book.sell(0, 350n)
  await book.clear()
  await book.publish()
  await book.monitor('--day', DAY)
  await alter(book, `sale:${saleId}`, { isLogged: false })
  const { report } = await book.monitor('--day', DAY)
  expect(report.findings.map(({ kind }) => kind)).toEqual(['wrong-split', 'altered-batch'])
})

/** What each account but the machines' got. */
function sumsOf({ books }: Audit): Record<string, string> {
  const got = books
    .flatMap(each => each.sums)
    .filter(({ account, booked }) => booked.credits !== '0' && !account.startsWith('device:'))
  return Object.fromEntries(got.map(({ account, booked }) => [account, booked.credits]))
}
