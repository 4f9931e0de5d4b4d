/**
 * Agreements signed by all their parties, and sales that were paid for, for tests of what the
 * ledger makes of them. A small world's operator, lender and site sign with keys of their own.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Split } from '@tillproof/shared/agreement/template/compose.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { expect } from 'vitest'
import type { Db } from '../../platform/db/db.ts'
import { propose, sign } from '../agreements/agreement.ts'
import { matchJob } from '../attest/job.ts'
import { addPaidOrder, addSale, type World } from '../testing.ts'
import { clearJob } from './job.ts'
import { type BookWriters, bookWriters } from './writers.ts'

export const CLOUD = 'test.tillproof.local'

export type Bench = {
  /** The one that clears: a book has one writer. */
  writers: BookWriters
  keys: Record<string, PrivateKeyAccount>
  terms(split: Split, change?: Partial<AgreementTerms>): AgreementTerms
  /** Proposed, and signed by all as if it were `atMs` then. */
  agreed(terms: AgreementTerms, atMs?: number): Promise<void>
  /** A sale of the first machine, paid for at that time. */
  sold(amountMinor: bigint, at?: Date): Promise<string>
  matchAndClear(): Promise<void>
  /** Posted credits less debits of each account. */
  balances(): Promise<Record<string, bigint>>
}

export function agreementBench(db: Db, world: World): Bench {
  const parties = [world.operator, world.lender, world.site]
  const keys = Object.fromEntries(
    parties.map(id => [id, privateKeyToAccount(generatePrivateKey())] as const),
  )
  const roles = ['operator', 'lender', 'site'] as const
  const writers = bookWriters({
    db,
    writer: randomUUID(),
    leaseMs: 5_000,
    clock: Date.now,
    randomBytes,
  })
  let index = 0
  return {
    writers,
    keys,
    terms: (split, change = {}) => ({
      agreementId: randomUUID(),
      version: 1,
      bookId: world.operator,
      currency: 'CNY',
      validFromMs: 0,
      utcOffsetMinutes: 480,
      deviceIds: [world.devices[0]],
      parties: parties.map((organisationId, at) => ({
        organisationId,
        role: roles[at] ?? 'site',
        signer: keys[organisationId]?.address.toLowerCase() ?? '',
      })),
      ...split,
      ...change,
    }),
    async agreed(terms, atMs = 0) {
      const deps = { db, cloudName: CLOUD, clock: () => atMs }
      const by = (organisationId: string) => ({
        organisationId,
        userId: world.users[organisationId] ?? '',
      })
      expect(await propose(deps, terms, by(world.operator))).toHaveProperty('ok')
      for (const id of parties) {
        const typed = agreementTypedData(terms, CLOUD)
        const signature = (await keys[id]?.signTypedData(typed)) ?? ''
        const signed = await sign(deps, terms.agreementId, terms.version, signature, by(id))
        expect(signed).toHaveProperty('ok')
      }
    },
    async sold(amountMinor, at = new Date()) {
      const device = world.devices[0]
      const orderId = await addPaidOrder(db, world.operator, device, amountMinor, at)
      index += 1
      return addSale(db, world.operator, { device, index, amountMinor, orderId, at })
    },
    async matchAndClear() {
      await matchJob({ db, wake: () => undefined }).run(world.operator)
      await clearJob({ db, writers }).run(world.operator)
    },
    async balances() {
      const rows = await db.withSystem(tx =>
        tx.query<{ path: string; balance: bigint }>(
          `select path, credits_posted - debits_posted as balance
             from accounts where operator_id = $1 order by path`,
          [world.operator],
        ),
      )
      return Object.fromEntries(rows.map(row => [row.path, row.balance]))
    },
  }
}
