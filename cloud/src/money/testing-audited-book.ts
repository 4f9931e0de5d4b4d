/**
 * A book that can be audited from outside: two real machines whose batches go through ingest,
 * matching, clearing and the log, an agreement that two parties signed with real keys, all of it
 * served over HTTP, and the lender's monitor as a process of its own.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { partyShare } from '@tillproof/shared/agreement/account-path.ts'
import type { Term } from '@tillproof/shared/agreement/term/term.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import { feeTerm } from '@tillproof/shared/agreement/testing.ts'
import { agreementTypedData } from '@tillproof/shared/agreement/typed-data.ts'
import { waterfall } from '@tillproof/shared/agreement/waterfall.ts'
import { ed25519, randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer, vkey } from '@tillproof/shared/note/key.ts'
import { parsePolicy } from '@tillproof/shared/note/policy.ts'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { expect } from 'vitest'
import { rangeBundleRoute } from '../evidence/bundles/range-route.ts'
import { bundleRoutes } from '../evidence/bundles/routes.ts'
import { createPublisher } from '../evidence/log/publisher.ts'
import { logRoutes } from '../evidence/log/routes.ts'
import { createSequencer } from '../evidence/log/sequencer.ts'
import { witnessCli } from '../evidence/testing.ts'
import { deviceEvidenceSource } from '../machines/ingest/bundle-source.ts'
import { ingest } from '../machines/ingest/ingest.ts'
import { rangeSource } from '../machines/ingest/range-source.ts'
import { TEST_CLOUD, type TestMachine, testEnrolment, testMachine } from '../machines/testing.ts'
import { hashPassword } from '../people/sessions/password.ts'
import { sessionReader, sessionRoutes } from '../people/sessions/routes.ts'
import type { Db } from '../platform/db/db.ts'
import { createApp, type HttpServer, listen } from '../platform/http/app.ts'
import type { Session } from '../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../platform/testing.ts'
import { testSession } from '../platform/testing-http.ts'
import { propose, sign } from './agreements/agreement.ts'
import { agreementRoutes } from './agreements/routes.ts'
import { matchJob } from './attest/job.ts'
import { freezeRoutes } from './freezes/routes.ts'
import { clearingSource } from './ledger/bundle-source.ts'
import { clearBook } from './ledger/clearing.ts'
import { ledgerRoutes } from './ledger/routes.ts'
import { bookWriters } from './ledger/writers.ts'
import { registryRoutes } from './registry/routes.ts'
import { addPaidOrder } from './testing.ts'

const ORIGIN = `${TEST_CLOUD}/log`
/** The machines' clocks begin at noon of this day. */
export const DAY = '2026-11-21'
export const SWEEP = 'facility:00000000-0000-4000-8000-0000000000f1:repayment'
const logKey = ed25519.generate()
const policyText = `log ${vkey(ORIGIN, 'ed25519', logKey.publicKey)}\nquorum none\n`
const witnessMain = fileURLToPath(new URL('../../witness/src/main.ts', import.meta.url))
const keys = [1, 2].map(() => privateKeyToAccount(generatePrivateKey()))

/** What the tests read of a monitor's report. */
export type Audit = {
  state: string
  reason: string | null
  findings: { kind: string; origin: string; detail: string }[]
  books: {
    journals: number
    agreed: number
    agreements: { proven: number; registered: number | null }
    sums: { account: string; booked: { credits: string }; recomputed: { credits: string } }[]
  }[]
}

export type AuditedBook = {
  /** Where the lender keeps his files. */
  dir: string
  database: TestDatabase
  operator: Session
  /** Sees all of the book and signs in by password. */
  lender: Session
  /** Fee 0.60 %, the lender's sweep 30 % until 1.50 is paid, the operator the rest. */
  terms: AgreementTerms
  /** A customer pays, the machine sells, its batch is ingested. Answers the sale's id. */
  sell(machine: number, amountMinor: bigint): Promise<string>
  /** Matches and clears all that was sold, in one batch. */
  clear(): Promise<void>
  /** Numbers, signs and publishes what is staged. */
  publish(): Promise<void>
  /** Adds a line to the lender's policy. */
  trust(line: string): void
  /** One look of the lender's monitor, which remembers the looks before. */
  monitor(...flags: string[]): Promise<{ report: Audit; code: number }>
  /** The same, ended with SIGKILL after so long. */
  killedMonitor(afterMs: number, ...flags: string[]): Promise<void>
  close(): Promise<void>
}

export async function auditedBook(): Promise<AuditedBook> {
  const dir = mkdtempSync(join(tmpdir(), 'tillproof-audited-'))
  writeFileSync(join(dir, 'policy'), policyText)
  writeFileSync(join(dir, 'password'), 'open sesame\n')
  const database = await testDatabase()
  const { db } = database
  const enrolment = await testEnrolment(db)
  const operator = await testSession(db, 'operator')
  const lender = await testSession(db, 'lender')
  const machines = [await testMachine(enrolment, operator), await testMachine(enrolment, operator)]
  await letIn(db, operator, lender)
  const server = await serve(db)
  const terms = await agree(db, operator, lender, machines)
  const sequencer = createSequencer({ db, origin: ORIGIN, holder: 'test' })
  const audit = (flags: string[]): string[] => {
    const url = `http://127.0.0.1:${server.port}`
    const where = ['--url', url, '--policy', join(dir, 'policy'), '--dir', join(dir, 'monitor')]
    const eyes = ['--email', lender.email, '--password-file', join(dir, 'password')]
    const book = ['--book', operator.organisation.id, '--recompute', '--once', '--json']
    return ['log', 'monitor', ...where, ...eyes, ...book, ...flags]
  }
  return {
    dir,
    database,
    operator,
    lender,
    terms,
    sell: (at, amountMinor) => sell(db, machines[at] ?? expect.fail('no machine'), amountMinor),
    clear: () => clear(db, operator.organisation.id),
    async publish() {
      await sequencer.turn()
      await publish(db)
    },
    trust: line => appendFileSync(join(dir, 'policy'), `${line}\n`),
    async monitor(...flags) {
      const { out, code } = await witnessCli(...audit(flags))
      return { report: JSON.parse(out), code }
    },
    async killedMonitor(afterMs, ...flags) {
      const killed = { timeout: afterMs, killSignal: 'SIGKILL' } as const
      const run = promisify(execFile)(process.execPath, [witnessMain, ...audit(flags)], killed)
      await run.catch(() => undefined)
    },
    async close() {
      await server.close()
      await enrolment.close()
      await database.drop()
      rmSync(dir, { recursive: true })
    },
  }
}

async function letIn(db: Db, operator: Session, lender: Session): Promise<void> {
  const hash = await hashPassword('open sesame')
  await db.withSystem(async tx => {
    await tx.query('update users set password_hash = $2 where id = $1', [lender.userId, hash])
    await tx.query(
      `insert into grants (operator_id, grantee_id, scope, created_by)
       values ($1, $2, 'finance', $3)`,
      [operator.organisation.id, lender.organisation.id, operator.userId],
    )
  })
}

function serve(db: Db): Promise<HttpServer> {
  const policy = () => parsePolicy(policyText)
  const deviceEvidence = deviceEvidenceSource(TEST_CLOUD)
  const app = createApp({
    db,
    log: () => undefined,
    routes: [
      ...sessionRoutes({ cloudName: TEST_CLOUD, secure: false }),
      ...logRoutes({ db, policy }),
      ...bundleRoutes({ db, policy, sources: { deviceEvidence, clearing: clearingSource(db) } }),
      rangeBundleRoute({ db, policy, events: rangeSource(TEST_CLOUD) }),
      ...ledgerRoutes({ clock: Date.now }),
      ...agreementRoutes({ db, cloudName: TEST_CLOUD, clock: Date.now }),
      ...registryRoutes(),
      ...freezeRoutes({ clock: Date.now }),
    ],
    sessionOf: sessionReader(db, false),
    publicUrl: 'http://127.0.0.1',
  })
  return listen(app, '127.0.0.1', 0)
}

/** Proposed and signed by both, before the machines' clocks begin. */
async function agree(
  db: Db,
  operator: Session,
  lender: Session,
  machines: readonly TestMachine[],
): Promise<AgreementTerms> {
  const atMs = Date.parse(`${DAY}T00:00:00Z`)
  const deps = { db, cloudName: TEST_CLOUD, clock: () => atMs }
  const [own, theirs] = [operator.organisation.id, lender.organisation.id]
  const terms = termsOf(own, theirs, machines.map(each => each.deviceId).toSorted())
  const by = ({ organisation, userId }: Session) => ({ organisationId: organisation.id, userId })
  expect(await propose(deps, terms, by(operator))).toHaveProperty('ok')
  for (const [at, session] of [operator, lender].entries()) {
    const signature = await keys[at]?.signTypedData(agreementTypedData(terms, TEST_CLOUD))
    const { agreementId, version } = terms
    const signed = await sign(deps, agreementId, version, signature ?? '', by(session))
    expect(signed).toHaveProperty('ok')
  }
  return terms
}

function termsOf(own: string, theirs: string, deviceIds: string[]): AgreementTerms {
  const [ownKey = '', theirKey = ''] = keys.map(each => each.address.toLowerCase())
  const sweep = { kind: 'share', name: 'sweep', account: SWEEP, basisPoints: 3000 } as const
  const terms: Term[] = [feeTerm, { ...sweep, after: [], capMinor: '150' }]
  return {
    agreementId: randomUUID(),
    version: 1,
    bookId: own,
    currency: 'CNY',
    validFromMs: Date.parse(`${DAY}T00:00:00Z`),
    utcOffsetMinutes: 480,
    deviceIds,
    parties: [
      { organisationId: own, role: 'operator', signer: ownKey },
      { organisationId: theirs, role: 'lender', signer: theirKey },
    ],
    accounts: [
      { account: SWEEP, partyId: theirs },
      { account: partyShare(own), partyId: own },
    ],
    participations: [],
    terms,
    script: waterfall(terms, partyShare(own)),
  }
}

async function sell(db: Db, machine: TestMachine, amountMinor: bigint): Promise<string> {
  const { deviceId, operatorId, log } = machine
  const sale = log.entries.length
  const money = { amountMinor, currency: 'CNY' }
  const paidAt = new Date(Date.parse(`${DAY}T12:00:00Z`) + sale * 1000 - 500)
  const orderId = await addPaidOrder(db, operatorId, deviceId, amountMinor, paidAt)
  log.append(
    { kind: 'sale.requested', sale, item: 'A3', ...money },
    { kind: 'payment.seen', sale, orderId },
    { kind: 'sale.approved', sale, ...money },
    { kind: 'sale.result', sale, result: 'success' },
  )
  const receiptSigner = ed25519Signer(`${TEST_CLOUD}/receipts`, logKey.privateKey)
  const deps = { db, receiptSigner, nowMs: Date.now, onAccepted: () => undefined }
  const message = await ingest(deps, deviceId, log.batch(sale === 1 ? 0 : sale))
  expect(message.type).toBe('receipt')
  return `${deviceId}.1.${sale}`
}

async function clear(db: Db, book: string): Promise<void> {
  await matchJob({ db, wake: () => undefined }).run(book)
  const who = { db, writer: randomUUID(), leaseMs: 5_000, clock: Date.now, randomBytes }
  const writers = bookWriters(who)
  await clearBook({ db, writers }, book)
  await writers.close()
}

async function publish(db: Db): Promise<void> {
  const signer = ed25519Signer(ORIGIN, logKey.privateKey)
  const policy = parsePolicy(policyText)
  await createPublisher({ db, signer, policy, log: () => undefined }).turn()
}
