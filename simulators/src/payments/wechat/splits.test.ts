/** Splitting at WeChat Pay over real HTTP: its limits, and what looks like success and is none. */
import { randomUUID } from 'node:crypto'
import type { ChannelSplits, SplitReceiver } from '@tillproof/cloud/money/payments/channel.ts'
import { makeWorld, type World } from '@tillproof/cloud/money/testing.ts'
import { type TestDatabase, testDatabase } from '@tillproof/cloud/platform/testing.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestMerchant, type TestMerchant } from './testing-merchant.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const SITE: SplitReceiver = { kind: 'merchant', account: '1900000200' }
const FITTER: SplitReceiver = { kind: 'person', account: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' }

let database: TestDatabase
let merchant: TestMerchant
let world: World
let splits: ChannelSplits
let transactionId: string

beforeAll(async () => {
  database = await testDatabase()
})
/** 3.50 paid, a minute ago; the site may be given some of it. */
beforeEach(async () => {
  world = await makeWorld(database.db)
  merchant = await openTestMerchant(database.db)
  splits = merchant.channel.splits as ChannelSplits
  const order = await merchant.order(world.devices[0])
  await merchant.pay(order)
  await merchant.hear()
  const rows = await database.db.withSystem(tx =>
    tx.query<{ id: string }>('select transaction_id as id from payments where order_id = $1', [
      order.id,
    ]),
  )
  transactionId = rows[0]?.id ?? ''
  merchant.aheadMs += MINUTE_MS
  expect(await splits.register(SITE)).toEqual({ ok: true })
  return () => merchant.close()
})
afterAll(() => database.drop())

const splitOf = (amountMinor: bigint, change: object = {}) => ({
  id: randomUUID(),
  transactionId,
  parts: [{ ...SITE, amountMinor, note: '场地' }],
  last: false,
  ...change,
})

test('a split is accepted, then seen to be given; the rest is frozen until unfrozen', async () => {
  const split = splitOf(50n)
  expect(await splits.request(split)).toMatchObject({
    fact: { finished: false, parts: [{ state: 'pending' }] },
  })
  expect(await splits.query(split.id, transactionId)).toMatchObject({
    fact: { finished: true, parts: [{ account: SITE.account, amountMinor: 50n, state: 'given' }] },
  })
  expect(await splits.unsplit(transactionId)).toEqual({ ok: true, amountMinor: 300n })
  await splits.unfreeze(randomUUID(), transactionId, '完结')
  expect(await splits.unsplit(transactionId)).toEqual({ ok: true, amountMinor: 0n })
})

test('sent twice under one id it is one; under a used id nothing is unfrozen', async () => {
  const split = splitOf(50n)
  await splits.request(split)
  expect(await splits.request(split)).toMatchObject({ ok: true })
  expect(await splits.unfreeze(split.id, transactionId, '完结')).toMatchObject({ ok: true })
  expect(await splits.unsplit(transactionId)).toEqual({ ok: true, amountMinor: 300n })
})

test('the last split leaves nothing frozen', async () => {
  expect(await splits.request(splitOf(50n, { last: true }))).toMatchObject({ ok: true })
  expect(await splits.unsplit(transactionId)).toEqual({ ok: true, amountMinor: 0n })
})

test('finished is not success: a part can be refused, with the reason', async () => {
  merchant.faults.add('receiver-closed')
  const split = splitOf(50n)
  await splits.request(split)
  expect(await splits.query(split.id, transactionId)).toMatchObject({
    fact: {
      finished: true,
      parts: [{ state: 'refused', reason: 'RECEIVER_REAL_NAME_NOT_VERIFIED' }],
    },
  })
  expect(await splits.unsplit(transactionId)).toEqual({ ok: true, amountMinor: 350n })
})

test('all splits together give away three tenths at most', async () => {
  expect(await splits.request(splitOf(105n))).toMatchObject({ ok: true })
  expect(await splits.request(splitOf(1n))).toEqual({
    refused: 'rejected',
    detail: 'HTTP 400 INVALID_REQUEST: more than the limit',
  })
})

test('nobody is given anything twice in one split, or without being registered', async () => {
  const part = { ...SITE, amountMinor: 10n, note: '场地' }
  expect(await splits.request(splitOf(0n, { parts: [part, part] }))).toMatchObject({
    detail: 'HTTP 400 INVALID_REQUEST: a receiver is named twice',
  })
  const stranger = { ...FITTER, amountMinor: 10n, note: '维修' }
  expect(await splits.request(splitOf(0n, { parts: [stranger] }))).toMatchObject({
    detail: 'HTTP 403 NO_RELATION: a receiver is not registered',
  })
  await splits.register(FITTER)
  expect(await splits.request(splitOf(0n, { parts: [stranger] }))).toMatchObject({ ok: true })
})

test('too early it is rejected; after thirty days nothing is frozen any more', async () => {
  merchant.aheadMs -= MINUTE_MS
  expect(await splits.request(splitOf(10n))).toMatchObject({
    detail: 'HTTP 400 INVALID_REQUEST: paid less than a minute ago',
  })
  merchant.aheadMs += 30 * DAY_MS
  expect(await splits.unsplit(transactionId)).toEqual({ ok: true, amountMinor: 0n })
  expect(await splits.request(splitOf(10n))).toMatchObject({
    detail: 'HTTP 403 NOT_ENOUGH: more than is frozen',
  })
})

test('done but not answered is unknown, until it is asked about', async () => {
  const split = splitOf(50n)
  merchant.faults.add('no-answer')
  expect(await splits.request(split)).toMatchObject({ refused: 'unknown' })
  merchant.faults.clear()
  expect(await splits.query(split.id, transactionId)).toMatchObject({ fact: { finished: true } })
})

test('a part is taken back from a merchant, and may not be given away again', async () => {
  const split = splitOf(105n)
  await splits.request(split)
  const part = { id: randomUUID(), splitId: split.id, ...SITE, amountMinor: 100n, note: '退款' }
  expect(await splits.takeBack(part)).toMatchObject({ ok: true, state: 'returned' })
  expect(await splits.takeBack(part)).toMatchObject({ ok: true, state: 'returned' })
  expect(await splits.queryReturn(part.id, split.id)).toMatchObject({ state: 'returned' })
  expect(await splits.takeBack({ ...part, id: randomUUID(), amountMinor: 6n })).toMatchObject({
    detail: 'HTTP 400 INVALID_REQUEST: more than was given',
  })
  expect(await splits.request(splitOf(1n))).toMatchObject({
    detail: 'HTTP 400 INVALID_REQUEST: more than the limit',
  })
})

test('who has nothing left returns nothing, with the reason', async () => {
  const split = splitOf(50n)
  await splits.request(split)
  merchant.faults.add('payer-broke')
  const part = { id: randomUUID(), splitId: split.id, ...SITE, amountMinor: 50n, note: '退款' }
  expect(await splits.takeBack(part)).toMatchObject({
    state: 'refused',
    reason: 'BALANCE_NOT_ENOUGH',
  })
})
