/**
 * A machine whose own meter counts its sales, for tests: its log is grown by hand, comes in through
 * the real way, and is cross-checked as worker processes do.
 */
import type { Incident } from '@tillproof/shared/api/machines.ts'
import type { Sale } from '@tillproof/shared/api/money.ts'
import { ed25519 } from '@tillproof/shared/crypto/crypto.ts'
import { ed25519Signer } from '@tillproof/shared/note/key.ts'
import { expect } from 'vitest'
import { incidentRoutes } from '../../machines/incidents/routes.ts'
import { ingest } from '../../machines/ingest/ingest.ts'
import { type TestMachine, testEnrolment, testMachine } from '../../machines/testing.ts'
import type { Session } from '../../platform/http/route.ts'
import { testDatabase } from '../../platform/testing.ts'
import { testApp } from '../../platform/testing-http.ts'
import { makeWorld, sessionOf } from '../testing.ts'
import { crossCheckJob } from './job.ts'
import { saleRoutes } from './routes.ts'
import { takingsRoutes } from './takings-routes.ts'

export const DAY_MS = 86_400_000
/** 2026-11-21, noon. */
export const NOON_MS = 1_795_262_400_000
const PRICE = { amountMinor: 350n, currency: 'CNY' }

export type CountedBench = Awaited<ReturnType<typeof countedBench>>
export type CountedMachine = Awaited<ReturnType<CountedBench['machine']>>

export async function countedBench() {
  const database = await testDatabase()
  const { db } = database
  const enrolment = await testEnrolment(db)
  const app = await testApp(db, [...saleRoutes(), ...takingsRoutes(), ...incidentRoutes()])
  const world = await makeWorld(db)
  const operator = sessionOf(world, world.operator, 'operator')
  const asked = async <T>(by: Session, path: string) => (await app.ask(by, 'GET', path)).body as T
  return {
    db,
    app,
    world,
    operator,
    asked,
    async machine(profile?: string) {
      const machine = await testMachine(enrolment, operator)
      const { log, deviceId } = machine
      if (profile !== undefined) log.append({ kind: 'agent.started', detail: { profile } })
      let sent = 0
      return {
        ...machine,
        reads: (vends: bigint, day = 0) =>
          log.append({ kind: 'meter.read', meters: { vends }, atMs: NOON_MS + day * DAY_MS }),
        sells: (count: number, day = 0) => appendSales(machine, count, NOON_MS + day * DAY_MS),
        /** Sends what is new and checks each log that has grown. */
        async checked() {
          const deps = { db, receiptSigner, nowMs: Date.now, onAccepted: () => undefined }
          const answer = await ingest(deps, deviceId, log.batch(sent))
          expect(answer).toMatchObject({ type: 'receipt' })
          sent = log.entries.length
          const job = crossCheckJob({ db })
          for (const id of await job.due()) await job.run(id)
          expect(await job.due()).toEqual([])
        },
        async incidents(by = operator): Promise<Incident[]> {
          const { items } = await asked<{ items: Incident[] }>(by, '/api/v1/incidents')
          return items.filter(incident => incident.deviceId === deviceId)
        },
        /** By the index of the event that opened the sale. */
        async grades(): Promise<Record<string, string>> {
          const path = `/api/v1/sales?deviceId=${deviceId}`
          const { items } = await asked<{ items: Sale[] }>(operator, path)
          return Object.fromEntries(items.map(({ id, grade }) => [id.split('.')[2], grade]))
        },
      }
    },
    async close() {
      await app.close()
      await enrolment.close()
      await database.drop()
    },
  }
}

const receiptSigner = ed25519Signer('test.tillproof.local/receipts', ed25519.generate().privateKey)

/** Three events each. */
function appendSales({ log }: TestMachine, count: number, atMs: number): void {
  for (let n = 0; n < count; n++) {
    const sale = log.entries.length
    log.append({ kind: 'sale.requested', sale, item: 'A3', atMs, ...PRICE })
    log.append({ kind: 'sale.approved', sale, atMs, ...PRICE })
    log.append({ kind: 'sale.result', sale, result: 'success', atMs })
  }
}
