/** Refunds without a payment company, for tests of the book: what it says is said by the test. */
import { randomUUID } from 'node:crypto'
import {
  channelFees,
  channelReceivable,
  facilityRepayment,
  partyShare,
} from '@tillproof/shared/agreement/account-path.ts'
import type { Term } from '@tillproof/shared/agreement/term/term.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { waterfall } from '@tillproof/shared/agreement/waterfall.ts'
import { formatDecimal } from '@tillproof/shared/money/money.ts'
import type { Db } from '../../platform/db/db.ts'
import { clearJob } from '../ledger/job.ts'
import type { Bench } from '../ledger/testing-agreements.ts'
import type { World } from '../testing.ts'
import { holdShares } from './booking.ts'
import type { RefundCause, RefundState } from './refund.ts'
import * as store from './store.ts'

const LOAN = '00000000-0000-4000-8000-0000000000f1'

export type Refunds = {
  /** Fee 0.60 %, a sweep of 30 % until 2.00 are credited, the site 10 %, the owner the rest. */
  terms(): AgreementTerms
  /** Asked for, and no more; answers its id. */
  asked(saleId: string, amountMinor: bigint, cause?: RefundCause): Promise<string>
  /** Asked for, and held in the book; answers its id. */
  begun(saleId: string, amountMinor: bigint, cause?: RefundCause): Promise<string>
  /** What the company says of it, and what the book makes of that. */
  told(id: string, state: RefundState, feeMinor?: bigint): Promise<void>
  done(saleId: string, amountMinor: bigint): Promise<string>
  clear(): Promise<void>
  /** What each account has, owed ones and what is held only where there is something. */
  table(): Promise<string>
}

export function testRefunds(
  db: Db,
  world: World,
  { writers, terms: termsOf }: Bench,
  channel = 'sandbox',
): Refunds {
  const names = new Map([
    [channelReceivable(channel), 'company'],
    [channelFees(channel), 'fee'],
    [facilityRepayment(LOAN), 'lender'],
    [partyShare(world.site), 'site'],
    [partyShare(world.operator), 'owner'],
  ])
  const refunds: Refunds = {
    terms() {
      const account = facilityRepayment(LOAN)
      const site = partyShare(world.site)
      const share = { kind: 'share' as const, after: [] }
      const fee = { kind: 'payment-fee' as const, name: 'payment_fee' }
      const terms: Term[] = [
        { ...fee, channels: [{ channel, basisPoints: 60 }] },
        { ...share, name: 'sweep', account, basisPoints: 3000, capMinor: '200' },
        { ...share, name: 'site', account: site, basisPoints: 1000, capMinor: null },
      ]
      const owner = partyShare(world.operator)
      return termsOf({
        accounts: [
          { account, partyId: world.lender },
          { account: site, partyId: world.site },
          { account: owner, partyId: world.operator },
        ],
        participations: [],
        terms,
        script: waterfall(terms, owner),
      })
    },
    async asked(saleId, amountMinor, cause = 'operator') {
      const id = randomUUID()
      await db.withSystem(async tx => {
        const sale = await store.findPaidSale(tx, saleId)
        if (sale === undefined) return
        const refund = { ...sale, id, amountMinor, cause, reason: 'test' }
        await store.insertRefund(tx, { ...refund, state: 'requested' })
      })
      return id
    },
    async begun(...wanted) {
      const id = await refunds.asked(...wanted)
      const refund = await db.withSystem(tx => store.findRefund(tx, id))
      if (refund !== undefined) await holdShares({ db, writers }, refund)
      return id
    },
    async told(id, state, feeMinor) {
      const fee = feeMinor === undefined ? {} : { feeMinor }
      await db.withSystem(tx => store.setState(tx, id, state, fee))
      await refunds.clear()
    },
    async done(saleId, amountMinor) {
      const id = await refunds.begun(saleId, amountMinor)
      await refunds.told(id, 'succeeded')
      return id
    },
    clear: () => clearJob({ db, writers }).run(world.operator),
    async table() {
      const rows = await db.withSystem(tx =>
        tx.query<{ path: string; posted: bigint; pending: bigint }>(
          `select path, credits_posted - debits_posted as posted,
                  credits_pending - debits_pending as pending
             from accounts where operator_id = $1`,
          [world.operator],
        ),
      )
      return tableOf(rows, names)
    },
  }
  return refunds
}

type Row = { path: string; posted: bigint; pending: bigint }

function tableOf(rows: readonly Row[], names: ReadonlyMap<string, string>): string {
  const yuan = (amountMinor: bigint) => formatDecimal({ amountMinor, currency: 'CNY' })
  const known = new Map(rows.map(row => [row.path, row]))
  const cells = [...names].flatMap(([path, name]) => {
    const { posted = 0n, pending = 0n } = known.get(path) ?? {}
    const owed = known.get(`owed:${path}`)?.posted ?? 0n
    const sign = name === 'company' ? -1n : 1n
    const held = pending === 0n ? '' : ` (${yuan(sign * -pending)} held)`
    const owes = name === 'company' ? 'is owed' : 'owes'
    const debt = owed === 0n ? [] : [`${name} ${owes} ${yuan(sign * -owed)}`]
    return [`${name} ${yuan(sign * posted)}${held}`, ...debt]
  })
  const others = rows.flatMap(({ path, posted }) => {
    const isShown = names.has(path) || names.has(path.replace(/^owed:/, ''))
    return isShown || posted === 0n ? [] : [`${path} ${yuan(posted)}`]
  })
  return [...cells, ...others].join(' · ')
}
