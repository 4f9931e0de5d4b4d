/**
 * The way of an agreement from its last signature to the lender's monitor: registered on a real
 * chain by the job, read back there by a process that trusts its own policy and its own node.
 */
import { type Anvil, startAnvil } from '@tillproof/contracts/testing/anvil.ts'
import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TEST_CLOUD } from '../../machines/testing.ts'
import { type AuditedBook, auditedBook } from '../testing-audited-book.ts'
import { type RegistrationDeps, registrationTurn } from './job.ts'
import { openRegistryChain } from './registry-chain.ts'

let book: AuditedBook
let anvil: Anvil
beforeAll(async () => {
  book = await auditedBook()
  anvil = await startAnvil()
})
afterAll(async () => {
  await anvil.stop()
  await book.close()
})

test('the monitor reads from the chain that what it recomputes by stands there', async () => {
  const chain = openRegistryChain(anvil.url, generatePrivateKey(), TEST_CLOUD)
  const rules = { confirmations: 0, stuckAfterMs: 60_000 }
  const deps = { db: book.database.db, chain, rules, log: () => undefined }
  book.trust(`registry ${await chain.chainId()} ${await deployed(deps)}`)
  await book.sell(0, 350n)
  await book.clear()
  await book.publish()
  const before = await book.monitor('--rpc', anvil.url)
  expect(before.report.books).toMatchObject([{ agreements: { proven: 1, registered: 0 } }])
  await untilNothing(deps)
  const { report, code } = await book.monitor('--rpc', anvil.url)
  expect(report.books).toMatchObject([{ agreed: 1, agreements: { proven: 1, registered: 1 } }])
  expect(code).toBe(0)
  await anvil.stop()
  const gone = await book.monitor('--rpc', anvil.url)
  expect(gone.report).toMatchObject({ state: 'unreachable', findings: [] })
})

/** Turns until there is a contract, and nothing is registered yet. */
async function deployed(deps: RegistrationDeps): Promise<string> {
  for (let turns = 0; turns < 2; turns++) {
    const turn = await registrationTurn(deps)
    if (turn.do !== 'contract') break
  }
  const [row] = await deps.db.withSystem(tx =>
    tx.query<{ address: string }>('select address from anchor_contracts'),
  )
  return row?.address ?? expect.fail('nothing is deployed')
}

async function untilNothing(deps: RegistrationDeps): Promise<void> {
  for (let turns = 0; turns < 20; turns++) {
    if ((await registrationTurn(deps)).do === 'nothing') return
  }
  expect.fail('it registers for ever')
}
