/** A book whose payment company sends bills, for tests: real routes, jobs and HTTP, one clock. */
import { randomBytes, randomUUID } from 'node:crypto'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import { fixedShares } from '@tillproof/shared/agreement/template/fixed-shares.ts'
import type { Db } from '../../platform/db/db.ts'
import { matchJob } from '../attest/job.ts'
import { clearJob } from '../ledger/job.ts'
import { agreementBench } from '../ledger/testing-agreements.ts'
import { type BookWriters, bookWriters } from '../ledger/writers.ts'
import { openShop, type Shop } from '../payments/testing-shop.ts'
import { addPaidOrder, addSale, makeWorld, type World } from '../testing.ts'
import { billsJob, mendBillsJob, settleJob } from './job.ts'

export const LOAN = 'facility:00000000-0000-4000-8000-0000000000f1'
export const DAY = '2026-11-21'
const NOON_MS = Date.parse(`${DAY}T12:00:00Z`)

/** A line as a banker would write it: what was paid for an order, and what was kept of it. */
export type BilledLine = { orderId: string; amountMinor: bigint; feeMinor: bigint; refund?: string }

export type SettledBench = {
  world: World
  shop: Shop
  writers: BookWriters
  /** Paid on the first day at noon, some seconds apart. */
  pays(amountMinor: bigint): Promise<string>
  /** The machine's sale for a paid order, cleared. */
  sells(orderId: string, amountMinor: bigint): Promise<string>
  /** Fee 0.60 %, loan 30 %, site 10 %, the operator the rest; signed before all sales, or then. */
  agrees(signedAtMs?: number): Promise<void>
  /** What the company's bills of a day will say. @param moved the lines whose money has moved */
  bill(day: string, lines: readonly BilledLine[], moved?: readonly BilledLine[]): void
  /** Asks for all bills that are due in the noon after this day, then settles. */
  noonAfter(day: string): Promise<void>
  settle(): Promise<void>
  /** `account: debits / credits` of what settlements touch, with names for ids. */
  accounts(): Promise<Record<string, string>>
  /** Reasons of the open items that settlement opened. */
  items(): Promise<string[]>
  close(): Promise<void>
}

export async function settledBench(db: Db): Promise<SettledBench> {
  // A company's bills are of all its operators, those of tests before as well.
  await db.withSystem(async tx => {
    for (const table of ['channel_bills', 'bill_strays', 'bill_movements']) {
      await tx.query(`delete from ${table}`)
    }
  })
  const [world, shop] = [await makeWorld(db), await openShop(db)]
  const newWriters = { db, writer: randomUUID(), leaseMs: 5_000, clock: Date.now, randomBytes }
  const writers = bookWriters(newWriters)
  const log = () => undefined
  const wake = () => undefined
  let index = 0
  let paid = 0
  async function settle(): Promise<void> {
    const mend = mendBillsJob({ ...shop.deps, log })
    await mend.run('sandbox')
    await shop.processAll()
    await mend.run('sandbox')
    const job = settleJob({ db, writers })
    if ((await job.due()).includes(world.operator)) await job.run(world.operator)
  }
  async function clear(): Promise<void> {
    await matchJob({ db, wake }).run(world.operator)
    await clearJob({ db, writers }).run(world.operator)
  }
  return {
    world,
    shop,
    writers,
    settle,
    pays(amountMinor) {
      const at = new Date(NOON_MS + paid++ * 1000)
      return addPaidOrder(db, world.operator, world.devices[0], amountMinor, at)
    },
    async sells(orderId, amountMinor) {
      index += 1
      const sale = { device: world.devices[0], index, amountMinor, orderId, at: new Date(NOON_MS) }
      const id = await addSale(db, world.operator, sale)
      await clear()
      return id
    },
    async agrees(signedAtMs = NOON_MS - 3_600_000) {
      const bench = agreementBench(db, world)
      await bench.agreed(
        bench.terms(splitOf(world), { validFromMs: 0, deviceIds: world.devices.toSorted() }),
        signedAtMs,
      )
      await clear()
    },
    bill(day, lines, moved = lines) {
      shop.company.bills.set(`${day}/trades`, { day, trades: lines.map(tradeOf) })
      shop.company.bills.set(`${day}/funds`, { day, funds: moved.flatMap(fundsOf) })
    },
    async noonAfter(day) {
      shop.now = () => Date.parse(`${day}T12:00:00Z`) + 86_400_000
      const job = billsJob({ ...shop.deps, log })
      for (const id of await job.due()) await job.run(id)
      await settle()
    },
    accounts: () => accountsOf(db, world),
    items: () => itemsOf(db, world),
    async close() {
      await writers.close()
      await shop.close()
    },
  }
}

async function accountsOf(db: Db, world: World): Promise<Record<string, string>> {
  const rows = await db.withSystem(tx =>
    tx.query<{ path: string; debits: bigint; credits: bigint }>(
      `select path, debits_posted as debits, credits_posted as credits from accounts
        where operator_id = $1 and path not like 'device:%' order by path`,
      [world.operator],
    ),
  )
  const named = (path: string) =>
    path
      .replace(world.operator, 'operator')
      .replace(world.site, 'site')
      .replace(LOAN, 'loan')
      .replace('psp:sandbox:', '')
  return Object.fromEntries(rows.map(row => [named(row.path), `${row.debits} / ${row.credits}`]))
}

async function itemsOf(db: Db, { operator }: World): Promise<string[]> {
  const rows = await db.withSystem(tx =>
    tx.query<{ reason: string }>(
      `select reason from open_items
        where operator_id = $1 and closed_at is null and reason like 'settlement-%'
        order by reason`,
      [operator],
    ),
  )
  return rows.map(row => row.reason.replace('settlement-', ''))
}

const splitOf = ({ operator, lender, site }: World) => {
  const share = { capMinor: null }
  return fixedShares({
    channels: [{ channel: 'sandbox', basisPoints: 60 }],
    shares: [
      {
        ...share,
        name: 'sweep',
        account: `${LOAN}:repayment`,
        partyId: lender,
        basisPoints: 3000,
      },
      { ...share, name: 'site', account: partyShare(site), partyId: site, basisPoints: 1000 },
    ],
    remainder: { account: partyShare(operator), partyId: operator },
  })
}

const tradeOf = ({ orderId, amountMinor, feeMinor, refund }: BilledLine) => ({
  atMs: NOON_MS,
  merchantOrderId: orderId,
  transactionId: orderId,
  currency: 'CNY',
  amountMinor: refund === undefined ? String(amountMinor) : '0',
  feeMilliMinor: String(feeMinor * 1000n),
  refund:
    refund === undefined
      ? null
      : { merchantRefundId: refund, refundId: `company-${refund}`, amountMinor: `${-amountMinor}` },
})

function fundsOf({ orderId, amountMinor, feeMinor, refund }: BilledLine) {
  const line = { atMs: NOON_MS, merchantOrderId: orderId, balanceMinor: '0' }
  const businessId = refund === undefined ? orderId : `company-${refund}`
  const movement = (business: string, minor: bigint) => ({
    ...line,
    flowId: randomUUID(),
    businessId,
    business,
    direction: minor < 0n ? 'out' : 'in',
    amountMinor: String(minor < 0n ? -minor : minor),
  })
  return [movement('trade', amountMinor), movement('fee', -feeMinor)]
}
