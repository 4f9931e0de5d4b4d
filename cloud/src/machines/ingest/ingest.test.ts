/** Batches of all kinds against a real database: what is committed, what is answered. */
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer, ed25519Verifier } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import { encodeBatch } from '@tillproof/shared/wire/batch.ts'
import type { ReceiptMessage } from '@tillproof/shared/wire/downlink.ts'
import { openReceipt } from '@tillproof/shared/wire/receipt.ts'
import { compress } from '@tillproof/shared/wire/zstd.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { testSession } from '../../platform/testing-http.ts'
import { type TestEnrolment, testEnrolment, testLog, testMachine } from '../testing.ts'
import { type IngestDeps, ingest } from './ingest.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let deps: IngestDeps
const accepted: string[] = []
const receipts = ed25519.generate()
const RECEIPT_NAME = 'test.tillproof.local/receipts'

beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  operator = await testSession(database.db, 'operator')
  deps = {
    db: database.db,
    receiptSigner: ed25519Signer(RECEIPT_NAME, receipts.privateKey),
    nowMs: () => 1_795_262_500_000,
    onAccepted: operatorId => accepted.push(operatorId),
  }
})
afterAll(async () => {
  await enrolment.close()
  await database.drop()
})

const machine = () => testMachine(enrolment, operator)
const count = async (table: string, deviceId: string) => {
  const [row] = await database.db.withSystem(tx =>
    tx.query<{ count: bigint }>(`select count(*) from ${table} where device_id = $1`, [deviceId]),
  )
  return Number(row?.count)
}
const staged = async (origin: string) => {
  const rows = await database.db.withSystem(tx =>
    tx.query<{ body: Buffer }>('select body from log_staged where ref = $1 order by id', [origin]),
  )
  return rows.map(row => row.body.toString())
}
function receiptOf(message: ReceiptMessage) {
  const verifier = ed25519Verifier(RECEIPT_NAME, receipts.publicKey)
  return message.type === 'receipt' ? openReceipt(message.note, verifier) : message
}

describe('a good batch', () => {
  test('is stored as it came, staged for the log, and receipted', async () => {
    const { deviceId, origin, log, operatorId } = await machine()
    log.append({ kind: 'agent.started' })
    const payload = log.batch()
    const message = await ingest(deps, deviceId, payload)
    expect(receiptOf(message)).toMatchObject({ origin, size: 2, atMs: 1_795_262_500_000 })
    const [row] = await database.db.withSystem(tx =>
      tx.query<{ payload: Buffer; size_after: bigint }>(
        'select payload, size_after from device_batches where device_id = $1',
        [deviceId],
      ),
    )
    expect(row).toEqual({ payload: Buffer.from(payload), size_after: 2n })
    expect(await staged(origin)).toEqual([log.head(2)])
    expect(accepted).toContain(operatorId)
  })

  test('extends the one before; overlap is taken once', async () => {
    const { deviceId, origin, log } = await machine()
    log.append({ kind: 'test' }, { kind: 'test' }, { kind: 'test' })
    await ingest(deps, deviceId, log.batch(0, 2))
    const message = await ingest(deps, deviceId, log.batch(1, 4))
    expect(receiptOf(message)).toMatchObject({ origin, size: 4 })
    expect(await staged(origin)).toEqual([log.head(2), log.head(4)])
    const rows = await database.db.withSystem(tx =>
      tx.query(
        `select first_index, size_after from device_batches where device_id = $1
         order by first_index`,
        [deviceId],
      ),
    )
    expect(rows).toEqual([
      { first_index: 0n, size_after: 2n },
      { first_index: 2n, size_after: 4n },
    ])
  })
})

describe('sent again', () => {
  test('it gets the same receipt and changes nothing', async () => {
    const { deviceId, origin, log } = await machine()
    const first = await ingest(deps, deviceId, log.batch())
    const again = await ingest(deps, deviceId, log.batch())
    expect(again).toEqual(first)
    expect(await staged(origin)).toHaveLength(1)
  })

  test('ten at once are applied once', async () => {
    const { deviceId, origin, log } = await machine()
    const payload = log.batch()
    const messages = await Promise.all(
      Array.from({ length: 10 }, () => ingest(deps, deviceId, payload)),
    )
    expect(new Set(messages.map(message => JSON.stringify(message))).size).toBe(1)
    expect(await staged(origin)).toHaveLength(1)
  })

  test('an older one is answered with the receipt for all that is held', async () => {
    const { deviceId, log } = await machine()
    log.append({ kind: 'test' }, { kind: 'test' })
    await ingest(deps, deviceId, log.batch(0, 2))
    await ingest(deps, deviceId, log.batch(2, 3))
    expect(receiptOf(await ingest(deps, deviceId, log.batch(0, 1)))).toMatchObject({ size: 3 })
  })
})

test('a gap is answered with where to go on', async () => {
  const { deviceId, log } = await machine()
  log.append({ kind: 'test' }, { kind: 'test' })
  await ingest(deps, deviceId, log.batch(0, 1))
  const message = await ingest(deps, deviceId, log.batch(2, 3))
  expect(message).toEqual({ v: 1, type: 'resend', fromIndex: 1 })
})

describe('a fork', () => {
  const incidents = (deviceId: string) =>
    database.db.withSystem(tx =>
      tx.query<{ kind: string; detail: Record<string, string>; proof: Buffer }>(
        'select kind, detail, proof from incidents where device_id = $1',
        [deviceId],
      ),
    )
  const statusOf = async (deviceId: string) => {
    const [row] = await database.db.withSystem(tx =>
      tx.query<{ status: string }>('select status from devices where id = $1', [deviceId]),
    )
    return row?.status
  }

  test('another root of the same size is kept as proof and ends the log', async () => {
    const { deviceId, log } = await machine()
    const other = log.branch(1)
    log.append({ kind: 'test' })
    other.append({ kind: 'custom' })
    await ingest(deps, deviceId, log.batch())
    const lie = other.batch()
    expect(await ingest(deps, deviceId, lie)).toMatchObject({
      type: 'refused',
      code: 'fork',
      heads: [log.head(2), other.head(2)],
    })
    expect(await statusOf(deviceId)).toBe('quarantined')
    const [incident] = await incidents(deviceId)
    expect(incident).toMatchObject({
      kind: 'fork',
      detail: { knownHead: log.head(2), otherHead: other.head(2) },
      proof: Buffer.from(lie),
    })
    log.append({ kind: 'test' })
    const later = await ingest(deps, deviceId, log.batch(2, 3))
    expect(later).toMatchObject({ type: 'refused', code: 'quarantined' })
  })

  test('a restored backup that grew on is caught when it repeats itself', async () => {
    const { deviceId, log } = await machine()
    const backup = log.branch(1)
    log.append({ kind: 'test' }, { kind: 'test' })
    backup.append({ kind: 'custom' }, { kind: 'custom' }, { kind: 'custom' })
    await ingest(deps, deviceId, log.batch())
    const message = await ingest(deps, deviceId, backup.batch(1))
    expect(message).toMatchObject({ type: 'refused', code: 'fork' })
  })

  test('an older size with another root is one, too', async () => {
    const { deviceId, log } = await machine()
    const other = log.branch(1)
    log.append({ kind: 'test' }, { kind: 'test' })
    other.append({ kind: 'custom' })
    await ingest(deps, deviceId, log.batch())
    const message = await ingest(deps, deviceId, other.batch(0, 2))
    expect(message).toMatchObject({ type: 'refused', code: 'fork' })
  })

  test('entries that do not fit their head accuse nobody', async () => {
    const { deviceId, log } = await machine()
    const other = log.branch(1)
    log.append({ kind: 'test' }, { kind: 'test' })
    other.append({ kind: 'custom' }, { kind: 'custom' })
    await ingest(deps, deviceId, log.batch(0, 2))
    const message = await ingest(deps, deviceId, other.batch(2, 3))
    expect(message).toMatchObject({ type: 'refused', code: 'wrong-root' })
    expect(await statusOf(deviceId)).toBe('active')
  })
})

describe('refused, counted, sampled, without a trace in the log', () => {
  const cases: [string, (m: Awaited<ReturnType<typeof machine>>) => Uint8Array, string][] = [
    ['garbage', () => Uint8Array.from([0x01, 0xde, 0xad]), 'not-decompressible'],
    ['an empty payload', () => new Uint8Array(), 'unknown-format'],
    ['oversize', () => new Uint8Array(131_073).fill(1), 'too-large'],
    [
      'a head signed by another key',
      m => testLog(m.origin, ed25519.generate(), m.tls.fingerprint).batch(),
      'bad-signature',
    ],
    [
      "another machine's log",
      m => testLog('test.tillproof.local/d/d00000000000a/1', m.evidence, m.tls.fingerprint).batch(),
      'wrong-origin',
    ],
    [
      'a genesis with a certificate of somebody else',
      m => testLog(m.origin, m.evidence, new Uint8Array(32)).batch(),
      'bad-event',
    ],
    [
      'an event out of its place',
      m => {
        m.log.append({ kind: 'test', index: 7 })
        return m.log.batch()
      },
      'bad-event',
    ],
  ]
  test.each(cases)('%s', async (_what, payloadOf, code) => {
    const made = await machine()
    const payload = payloadOf(made)
    for (const _again of [1, 2]) {
      const message = await ingest(deps, made.deviceId, payload)
      expect(message).toMatchObject({ type: 'refused', code })
    }
    const rows = await database.db.withSystem(tx =>
      tx.query('select code, count, sample from refused_batches where device_id = $1', [
        made.deviceId,
      ]),
    )
    expect(rows).toEqual([{ code, count: 2n, sample: Buffer.from(payload.subarray(0, 4096)) }])
    expect(await count('device_batches', made.deviceId)).toBe(0)
    expect(await staged(made.origin)).toEqual([])
  })

  test('a device nobody registered', async () => {
    const { log } = await machine()
    const message = await ingest(deps, 'd00000000000z', log.batch())
    expect(message).toMatchObject({ type: 'refused', code: 'unknown-device' })
  })

  test('a head of another size than the entries, or with an extension line', async () => {
    const { deviceId, origin, evidence, log } = await machine()
    log.append({ kind: 'test' })
    const short = { firstIndex: 0, entries: log.entries.slice(0, 1), head: log.head(2) }
    const sized = await ingest(deps, deviceId, encodeBatch(short, compress))
    expect(sized).toMatchObject({ type: 'refused', code: 'wrong-size' })
    const text = `${log.head(2).split('\n\n')[0]}\nextension\n`
    const head = signNote(text, [ed25519Signer(origin, evidence.privateKey)])
    const extended = { firstIndex: 0, entries: log.entries, head }
    const message = await ingest(deps, deviceId, encodeBatch(extended, compress))
    expect(message).toMatchObject({ type: 'refused', code: 'malformed' })
  })
})

test('a crash in the middle leaves nothing, and the next try succeeds', async () => {
  const { deviceId, origin, log } = await machine()
  const broken: IngestDeps = {
    ...deps,
    receiptSigner: {
      ...deps.receiptSigner,
      sign() {
        throw new TypeError('power cut')
      },
    },
  }
  await expect(ingest(broken, deviceId, log.batch())).rejects.toThrow('power cut')
  expect(await count('device_batches', deviceId)).toBe(0)
  expect(await staged(origin)).toEqual([])
  expect(receiptOf(await ingest(deps, deviceId, log.batch()))).toMatchObject({ size: 1 })
})
