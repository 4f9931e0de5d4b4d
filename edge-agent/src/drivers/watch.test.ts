/** The watches on a real journal: whose sale a fact is, full disks, restarts. */
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import type { AppendRequest, EventStore } from '../journal/event-store.ts'
import { type TestJournal, testJournal } from '../journal/testing.ts'
import { type Fence, machineOf, machineSettings } from '../profile/machine.ts'
import { startWatch, type Watch } from './watch.ts'

const HERE = { latitudeE7: 312_304_000, longitudeE7: 1_214_737_000 }
const FAR = { ...HERE, latitudeE7: HERE.latitudeE7 + 100_000 }
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const PRICE = { amountMinor: 2900n, currency: 'CNY' }

let kept: TestJournal
let watch: Watch
let diskFull: number

beforeEach(async () => {
  kept = await testJournal()
  diskFull = 0
  watch = start()
})

afterEach(async () => {
  await watch.stop()
  await kept.stop()
})

const CIRCLE = { latitude: 31.2304, longitude: 121.4737, radiusMetres: 500 }
/** About a kilometre by a kilometre. */
const YARD = {
  corners: [
    [31.226, 121.468],
    [31.226, 121.479],
    [31.235, 121.479],
    [31.235, 121.468],
  ] as [number, number][],
}

function start(fence: Fence = CIRCLE): Watch {
  const given = machineSettings.parse({
    profile: 'shared-car',
    ports: { body: { path: '/dev/body' }, gps: { path: '/dev/gps' } },
    fence,
  })
  const { machine, faults } = machineOf(given, '.')
  if (machine === null) return expect.fail(faults.join())
  return startWatch({ store: faulty(kept.journal), clock: systemClock, log, machine })
}

function faulty(store: EventStore): EventStore {
  return {
    ...store,
    append(request: AppendRequest) {
      if (diskFull-- > 0) return Promise.resolve({ ok: false, refused: 'disk-full' })
      return store.append(request)
    },
  }
}

async function restart(): Promise<void> {
  await watch.stop()
  watch = start()
}

/** `kind sale` of what the watches told. */
async function told(): Promise<string[]> {
  await watch.stop()
  const entries = await kept.journal.readEntries(1, 1000)
  const events = entries.flatMap(({ parts }) => (parts === null ? [] : [decodeOpen(parts.open)]))
  return events
    .filter(({ kind }) => !kind.startsWith('sale.'))
    .map(({ kind, sale }) => `${kind} ${sale ?? '-'}`)
}

function look(doorOpen: boolean, odometer = 5000n) {
  const signals = { unlocked: false, doorOpen, ignition: false }
  watch.look({ signals, meters: { odometer } })
}

/** Answers the sale's index. */
async function approve(): Promise<number> {
  const result = await kept.journal.append({
    events: [
      { kind: 'sale.requested', sale: 'opens', fields: PRICE },
      { kind: 'sale.approved', sale: 'opened', fields: PRICE },
    ],
  })
  return result.ok ? (result.events[0]?.index ?? -1) : -1
}

test('facts belong to the open rental, over restarts, and to nobody afterwards', async () => {
  look(false)
  const sale = await approve()
  look(true)
  await restart()
  look(false)
  await restart()
  await kept.journal.append({
    events: [{ kind: 'sale.result', sale, fields: { ...PRICE, result: 'success' } }],
  })
  look(true)
  await restart()
  look(false)
  expect(await told()).toEqual([
    `door.opened ${sale}`,
    `door.closed ${sale}`,
    'door.opened -',
    'door.closed -',
  ])
})

test('what finds the disk full is told at the next look', async () => {
  look(false)
  diskFull = 1
  look(true)
  look(true)
  expect(await told()).toEqual(['door.opened -'])
})

test.each([
  ['a circle', CIRCLE],
  ['a polygon', YARD],
])('the fence of the agent’s own settings, %s', async (_name, fence) => {
  await watch.stop()
  watch = start(fence)
  for (let i = 0; i < 3; i++) watch.fix(HERE)
  for (let i = 0; i < 3; i++) watch.fix(FAR)
  expect(await told()).toEqual(['position.fix -', 'place.left -'])
})

test('a meter that fell over a restart', async () => {
  look(false)
  look(true)
  await restart()
  look(true, 10n)
  look(true, 11n)
  expect(await told()).toEqual(['door.opened -', 'meter.epoch -'])
})

test('a spent voucher that is shown again and again', async () => {
  for (let i = 0; i < 4; i++) watch.replayed('018f2f6e-0000-7000-8000-000000000001')
  expect(await told()).toEqual(['voucher.replayed -'])
})
