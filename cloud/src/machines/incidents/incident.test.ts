/** From a machine's own events to incidents that somebody closes, and other facts they bring. */
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import type { OpenEvent } from '@tillproof/shared/event/event.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../platform/http/route.ts'
import { type TestDatabase, testDatabase } from '../../platform/testing.ts'
import { type TestApp, testApp, testSession } from '../../platform/testing-http.ts'
import { ingest } from '../ingest/ingest.ts'
import { type TestEnrolment, type TestMachine, testEnrolment, testMachine } from '../testing.ts'
import { incidentsOf } from './incident.ts'
import { incidentRoutes } from './routes.ts'

let database: TestDatabase
let enrolment: TestEnrolment
let operator: Session
let app: TestApp

beforeAll(async () => {
  database = await testDatabase()
  enrolment = await testEnrolment(database.db)
  operator = await testSession(database.db, 'operator')
  app = await testApp(database.db, incidentRoutes())
})
afterAll(async () => {
  await app.close()
  await enrolment.close()
  await database.drop()
})

const signer = ed25519Signer('test.tillproof.local/receipts', ed25519.generate().privateKey)
const send = (machine: TestMachine, from: number) =>
  ingest(
    { db: database.db, receiptSigner: signer, nowMs: Date.now, onAccepted: () => undefined },
    machine.deviceId,
    machine.log.batch(from),
  )
const incidents = async (machine: TestMachine) => {
  const answer = await app.ask(operator, 'GET', '/api/v1/incidents')
  const { items } = answer.body as { items: { deviceId: string; id: string; kind: string }[] }
  return items.filter(({ deviceId }) => deviceId === machine.deviceId)
}
const POSITION = { latitudeE7: 312_304_000, longitudeE7: 1_214_737_000 }

describe('an event that somebody has to look at', () => {
  test('opens an incident with its place in the log', async () => {
    const machine = await testMachine(enrolment, operator)
    machine.log.append(
      {
        kind: 'place.left',
        port: 'gps',
        position: POSITION,
        detail: { place: 'site', metres: 90 },
      },
      { kind: 'place.entered', port: 'gps', position: POSITION, detail: { place: 'site' } },
    )
    await send(machine, 0)
    expect(await incidents(machine)).toMatchObject([
      {
        kind: 'place-left',
        closedAt: null,
        detail: {
          event: 'place.left',
          epoch: 1,
          index: 1,
          times: 1,
          place: 'site',
          metres: 90,
          position: POSITION,
        },
      },
    ])
  })

  test('again while it is open is counted; closed, the next one is a new incident', async () => {
    const machine = await testMachine(enrolment, operator)
    const lid = { kind: 'tamper.on', detail: { contact: 'lidOpen' } } as const
    machine.log.append(lid, lid)
    await send(machine, 0)
    machine.log.append(lid)
    await send(machine, 3)
    const [open, ...others] = await incidents(machine)
    expect(others).toEqual([])
    expect(open).toMatchObject({ detail: { index: 1, times: 3, lastIndex: 3 } })
    const path = `/api/v1/incidents/${open?.id}/closure`
    await app.ask(operator, 'POST', path, { reason: 'seen on the spot' })
    machine.log.append(lid)
    await send(machine, 4)
    expect(await incidents(machine)).toHaveLength(2)
  })

  test('a difference of sums that somebody has looked at is no news until it changes', async () => {
    const machine = await testMachine(enrolment, operator)
    const audit = (offBy: number) =>
      ({
        kind: 'audit.read',
        port: 'dex',
        detail: { g85: 'ok', 'identity.vends-value': `off by ${offBy}` },
      }) as const
    machine.log.append(audit(300), audit(300))
    await send(machine, 0)
    const [open, ...others] = await incidents(machine)
    expect([open?.kind, others]).toEqual(['audit-sums-differ', []])
    const path = `/api/v1/incidents/${open?.id}/closure`
    await app.ask(operator, 'POST', path, { reason: 'tokens are counted elsewhere' })
    machine.log.append(audit(300))
    await send(machine, 3)
    expect(await incidents(machine)).toHaveLength(1)
    machine.log.append(audit(350))
    await send(machine, 4)
    expect(await incidents(machine)).toHaveLength(2)
  })

  test('of another contact is another incident', async () => {
    const machine = await testMachine(enrolment, operator)
    machine.log.append(
      { kind: 'tamper.on', detail: { contact: 'lidOpen' } },
      { kind: 'tamper.on', detail: { contact: 'caseOpen\u0000' } },
    )
    expect(await send(machine, 0)).toMatchObject({ type: 'receipt' })
    expect(await incidents(machine)).toHaveLength(2)
  })
})

const event = (fields: Partial<OpenEvent> & Pick<OpenEvent, 'kind'>): OpenEvent => ({
  index: 5,
  atMs: 1_800_000_000_000,
  monotonicMs: 0,
  bootId: new Uint8Array(8),
  ...fields,
})

test.each<[string, OpenEvent, object[]]>([
  [
    'a meter that fell',
    event({ kind: 'meter.epoch', port: 'dex', meters: { VA101: 0n }, detail: { 'was.VA101': 9n } }),
    [{ kind: 'meter-epoch', subject: 'dex', detail: { VA101: '0', 'was.VA101': '9' } }],
  ],
  ['a move', event({ kind: 'moved', detail: { metres: 400 } }), [{ kind: 'moved', index: 5 }]],
  [
    'an audit whose checksum is wrong',
    event({ kind: 'audit.read', port: 'dex', detail: { g85: 'bad' } }),
    [{ kind: 'audit-damaged', subject: 'dex' }],
  ],
  [
    'an audit whose sums do not agree',
    event({
      kind: 'audit.read',
      port: 'dex',
      detail: { g85: 'ok', 'identity.vends-value': 'off by 5' },
    }),
    [{ kind: 'audit-sums-differ', subject: 'dex identity.vends-value' }],
  ],
  [
    'an audit of which only the products’ sum differs, as honest machines’ does',
    event({ kind: 'audit.read', detail: { g85: 'ok', 'identity.products-value': 'off by 5' } }),
    [],
  ],
  [
    'an audit that failed for the second time',
    event({ kind: 'audit.failed', port: 'dex', detail: { inARow: 2 } }),
    [],
  ],
  [
    'an audit that failed for the third time',
    event({ kind: 'audit.failed', port: 'dex', detail: { inARow: 3, reason: 'silent' } }),
    [{ kind: 'audit-failing', subject: 'dex', detail: { inARow: 3, reason: 'silent' } }],
  ],
  [
    'a voucher shown again and again',
    event({ kind: 'voucher.replayed', orderId: '018f2f6e-0000-7000-8000-000000000001' }),
    [{ kind: 'voucher-replayed', subject: '018f2f6e-0000-7000-8000-000000000001' }],
  ],
  ['a door', event({ kind: 'door.opened', detail: { contact: 'doorOpen' } }), []],
])('%s', (_name, told, expected) => {
  expect(incidentsOf([told])).toMatchObject(expected)
})

test('a flood of one batch opens no more than twenty', () => {
  const told = Array.from({ length: 100 }, (_, index) => event({ kind: 'moved', index }))
  expect(incidentsOf(told)).toHaveLength(20)
})
