/** What books hold of loans, for tests: sales that repay them, and bills that settle it. */
import { randomUUID } from 'node:crypto'
import {
  deviceTakings,
  facilityGuarantee,
  partyShare,
  settledAccount,
} from '@tillproof/shared/agreement/account-path.ts'
import type { Loan } from '@tillproof/shared/api/lending.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { randomBytes, sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import { expect } from 'vitest'
import { bookWriters } from '../money/ledger/writers.ts'
import type { Db } from '../platform/db/db.ts'

type Booking = { loan: Loan; operator: string; now: number }

export type BookedSale = { device: string; gross: bigint; repaid: bigint; guaranteed?: bigint }

/** A sale of this machine, of which the loan gets `repaid`, and `guaranteed` of a guarantor. */
export async function bookSale(
  db: Db,
  sale: Booking & BookedSale & { currency: string },
): Promise<void> {
  const { loan, operator, device, gross, repaid, currency, guaranteed = 0n } = sale
  const takings = deviceTakings(device)
  const account = loan.repaymentAccount
  const facts = { businessId: `sale:${randomUUID()}`, kind: 'sale', deviceId: device, account }
  await book(db, sale, facts, [
    legOf('debit', 'psp:sandbox:receivable', gross, currency),
    legOf('credit', takings, gross, currency),
    legOf('debit', takings, gross, currency),
    legOf('credit', loan.repaymentAccount, repaid, currency),
    legOf('credit', partyShare(operator), gross - repaid - guaranteed, currency),
    ...(guaranteed > 0n ? [legOf('credit', facilityGuarantee(loan.id), guaranteed, currency)] : []),
  ])
}

/** What a bill settles of the loan's repayment. */
export async function bookSettlement(db: Db, settling: Booking & { minor: bigint }): Promise<void> {
  const { loan, minor } = settling
  const account = settledAccount(loan.repaymentAccount) ?? expect.fail('not settled')
  const businessId = 'settlement:sandbox:2026-11-21:0'
  await book(db, settling, { businessId, kind: 'settlement', deviceId: null, account }, [
    legOf('debit', loan.repaymentAccount, minor, 'CNY'),
    legOf('credit', account, minor, 'CNY'),
  ])
}

const legOf = (
  side: JournalLeg['side'],
  account: string,
  amountMinor: bigint,
  currency: string,
): JournalLeg => ({ side, account, amountMinor, currency, phase: 'posted' })

type Facts = {
  businessId: string
  kind: string
  deviceId: string | null
  /** The lender's. */
  account: string
}

async function book(
  db: Db,
  { loan, operator, now }: Booking,
  { account, businessId, ...facts }: Facts,
  legs: JournalLeg[],
): Promise<void> {
  const name = { writer: 'test', leaseMs: 5_000, clock: () => now, randomBytes }
  const writers = bookWriters({ db, ...name })
  const partyOf = new Map([account, facilityGuarantee(loan.id)].map(path => [path, loan.lenderId]))
  const draft = () => ({ ...facts, sourceAtMs: now, agreement: null, partyOf, legs })
  const payloadHash = sha256(utf8(businessId))
  const currency = legs[0]?.currency ?? ''
  await writers.post(operator, [{ businessId, payloadHash, currency, draft }])
  await writers.close()
}
