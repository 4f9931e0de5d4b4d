/** Erasing in the cloud: part and salt are in no row afterwards, and all that was proven stays. */
import { ed25519, randomBytes } from '@tillproof/shared/crypto/crypto.ts'
import { commit, sealedHashOf } from '@tillproof/shared/event/commitment.ts'
import { ed25519Signer, ed25519Verifier } from '@tillproof/shared/note/key.ts'
import { decodeBatch } from '@tillproof/shared/wire/batch.ts'
import type { CommandMessage } from '@tillproof/shared/wire/downlink.ts'
import { openEraseOrder } from '@tillproof/shared/wire/erase-order.ts'
import { decompress } from '@tillproof/shared/wire/zstd.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { testSession } from '../../platform/testing-http.ts'
import { type TestEnrolment, type TestMachine, testEnrolment, testMachine } from '../testing.ts'
import { evidenceOf } from './bundle-source.ts'
import { eraseSealed } from './erase.ts'
import { eraseJob } from './erase-job.ts'
import { listErasures } from './erasures.ts'
import { type IngestDeps, ingest } from './ingest.ts'
import { dumpOf } from './testing-dump.ts'

const receipts = ed25519.generate()
const signer = ed25519Signer('test.tillproof.local/receipts', receipts.privateKey)
const verifier = ed25519Verifier('test.tillproof.local/receipts', receipts.publicKey)
const REASON = 'asked for by the customer'

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let deps: IngestDeps
beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  operator = await testSession(database.db, 'operator')
  deps = {
    db: database.db,
    receiptSigner: signer,
    nowMs: () => 1_795_262_500_000,
    onAccepted: () => undefined,
  }
})
afterAll(async () => {
  await enrolment.close()
  await database.drop()
})

let machine: TestMachine
/** The sealed part and its salt: what must be nowhere. */
let part: Uint8Array
let salt: Uint8Array
let index: number
beforeEach(async () => {
  machine = await testMachine(enrolment, operator)
  part = randomBytes(40)
  salt = randomBytes(16)
  index = machine.log.append({ kind: 'session.started' })
  seal(machine.log, index)
  machine.log.append({ kind: 'test' })
})

test('part and salt are in no row, and the leaves are what they were', async () => {
  await send()
  const before = await evidence()
  expect(await isAnywhere()).toEqual([true, true])
  expect(await erase()).toEqual({ ok: true })
  expect(await isAnywhere()).toEqual([false, false])
  const after = await evidence()
  const { sealed: _1, sealedSalt: _2, ...open } = before?.events[0]?.parts ?? expect.unreachable()
  const sealedHash = sealedHashOf(machine.log.entries[index] ?? expect.unreachable())
  expect(after?.events[0]?.parts).toMatchObject({ ...open, sealed: null, sealedHash })
  expect({ ...after, events: [] }).toEqual({ ...before, events: [] })
  expect(after?.events[1]).toEqual(before?.events[1])
})

test('it is told who, when and why; doing it again changes nothing', async () => {
  await send()
  await erase()
  await erase('another reason')
  const [told, ...others] = await erasures()
  expect(others).toEqual([])
  expect(told).toMatchObject({ epoch: 1, index, reason: REASON, machine: 'ordered' })
  expect(told?.by).toContain('@')
})

describe('sent again, it does not come back', () => {
  test('alone', async () => {
    await send()
    await erase()
    expect(await send()).toMatchObject({ type: 'receipt' })
    expect(await isAnywhere()).toEqual([false, false])
  })

  test('with new events in one batch', async () => {
    await send()
    await erase()
    machine.log.append({ kind: 'test' })
    expect(await send()).toMatchObject({ type: 'receipt' })
    expect(await isAnywhere()).toEqual([false, false])
    expect(await erase()).toEqual({ ok: true })
  })

  test('in a fork’s proof, which still proves it', async () => {
    await send()
    await erase()
    const other = machine.log.branch(index + 1)
    other.append({ kind: 'custom', detail: { name: 'another story' } })
    expect(await ingest(deps, machine.deviceId, other.batch())).toMatchObject({ code: 'fork' })
    expect(await isAnywhere()).toEqual([false, false])
    const [incident] = await query<{ proof: Buffer }>('select proof from incidents')
    const decoded = decodeBatch(incident?.proof ?? new Uint8Array(), decompress)
    const entries = decoded.ok ? decoded.batch.entries.map(commit) : []
    expect(entries).toEqual(other.entries.map(commit))
  })

  test('in the sample of a refused batch', async () => {
    await send()
    await erase()
    const { entries } = machine.log
    entries[index + 1] = { ...(entries[index + 1] ?? expect.unreachable()), open: part }
    expect(await send()).toMatchObject({ type: 'refused' })
    const samples = await query<{ sample: Buffer }>('select sample from refused_batches')
    expect(samples.map(({ sample }) => sample.length)).toEqual([0])
  })
})

test('every batch that repeated the event loses it', async () => {
  await send()
  machine.log.append({ kind: 'test' })
  await send()
  machine.log.append({ kind: 'test' })
  await send()
  await erase()
  expect(await isAnywhere()).toEqual([false, false])
  expect(await query('select from device_batches')).toHaveLength(3)
})

test('what the machine says it erased is erased here, by its word', async () => {
  await send()
  machine.log.append({ kind: 'redaction', detail: { index, reason: 'erased at the machine' } })
  await ingest(deps, machine.deviceId, machine.log.batch(index + 2))
  expect(await isAnywhere()).toEqual([false, false])
  expect(await erasures()).toMatchObject([
    { index, reason: 'erased at the machine', by: null, machine: 'erased' },
  ])
})

describe('the order to the machine', () => {
  test('is signed, names the part by its hash, and is sent until the event came', async () => {
    await send()
    await erase()
    const sent: string[] = []
    const sendCommand = async (to: string, message: CommandMessage) => {
      if (to === machine.deviceId && message.type === 'erase') sent.push(message.order)
    }
    const job = eraseJob({ db: database.db, sendCommand }, 0)
    const turn = async () => {
      for (const id of await job.due()) await job.run(id)
    }
    await turn()
    await turn()
    const { origin } = machine
    const sealedHash = sealedHashOf(machine.log.entries[index] ?? expect.unreachable())
    expect(sent).toHaveLength(2)
    expect(openEraseOrder(sent[0] ?? '', verifier)).toEqual({
      origin,
      index,
      sealedHash,
      reason: REASON,
    })
    machine.log.append({ kind: 'redaction', detail: { index, reason: REASON } })
    await ingest(deps, machine.deviceId, machine.log.batch(index + 2))
    await turn()
    expect(sent).toHaveLength(2)
    expect(await erasures()).toMatchObject([{ machine: 'erased' }])
  })

  test('there is none for a journal of an earlier enrolment', async () => {
    await send()
    await query(`update devices set epoch = 2 where id = '${machine.deviceId}'`)
    const request = { deviceId: machine.deviceId, epoch: 1, index, reason: REASON }
    const { userId: requestedBy } = operator
    await database.db.withSystem(tx => eraseSealed(tx, signer, { ...request, requestedBy }))
    expect(await isAnywhere()).toEqual([false, false])
    expect(await erasures()).toMatchObject([{ machine: 'earlier-epoch' }])
  })
})

describe('refused', () => {
  test('an event that the cloud does not hold', async () => {
    await send()
    index = 99
    expect(await erase()).toEqual({ ok: false, refused: 'no-such-event' })
  })

  test('an event without a sealed part', async () => {
    await send()
    index += 1
    expect(await erase()).toEqual({ ok: false, refused: 'nothing-sealed' })
    expect(await erasures()).toEqual([])
  })
})

function seal(log: TestMachine['log'], at: number): void {
  const parts = log.entries[at] ?? expect.unreachable()
  log.entries[at] = { ...parts, sealed: part, sealedSalt: salt }
}

function send() {
  return ingest(deps, machine.deviceId, machine.log.batch())
}

function erase(reason = REASON) {
  const { deviceId } = machine
  const request = { deviceId, index, reason, requestedBy: operator.userId }
  return database.db.withSystem(tx => eraseSealed(tx, signer, request))
}

function erasures() {
  return database.db.withSystem(tx => listErasures(tx, machine.deviceId))
}

function evidence() {
  const { deviceId, epoch } = machine
  return database.db.withSystem(tx =>
    evidenceOf(tx, 'test.tillproof.local', { deviceId, epoch }, [index, index + 1]),
  )
}

/** Whether the part, and whether the salt, lies anywhere in the database. */
async function isAnywhere(): Promise<[boolean, boolean]> {
  const dump = Buffer.from(await dumpOf(database.url))
  return [dump.includes(Buffer.from(part)), dump.includes(Buffer.from(salt))]
}

/** Of this test's machine, unless it says where. */
function query<R extends object>(sql: string): Promise<R[]> {
  const whole = sql.includes('where') ? sql : `${sql} where device_id = '${machine.deviceId}'`
  return database.db.withSystem(tx => tx.query<R>(whole))
}
