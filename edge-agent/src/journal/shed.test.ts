/** Telemetry beyond its cap, or on a full disk, is left out and a signed event says so. */
import { DatabaseSync } from 'node:sqlite'
import { decodeOpen } from '@tillproof/shared/event/codec.ts'
import { EVENT_KINDS, type EventKind, isMoneyEvent } from '@tillproof/shared/event/event.ts'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AppendResult, EventDraft, Journal } from './event-store.ts'
import { openJournalHost } from './host.ts'
import { keptParts } from './retention.ts'
import { gapEvent, isWorthStoring, NOTHING_SHED, triage } from './shed.ts'
import { TEST_ORIGIN, type TestJournal, testJournal } from './testing.ts'

const HOUR = 3_600_000
const THEN = 1_800_000_000_000
const kinds = (Object.keys(EVENT_KINDS) as EventKind[]).filter(kind => kind !== 'genesis')
const door: EventDraft = { kind: 'door.opened' }
const position: EventDraft = { kind: 'position.fix' }
const meter: EventDraft = { kind: 'meter.read' }

let nowMs = THEN
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs - THEN, after: () => () => undefined }

let box: TestJournal
beforeEach(async () => {
  nowMs = THEN
  box = await testJournal({ clock, telemetryPerHour: 3 })
})
afterEach(() => box.stop())

async function put(...events: EventDraft[]): Promise<(number | undefined)[]> {
  const result: AppendResult = await box.journal.append({ events })
  const indexes = result.ok ? result.events : []
  return events.map(event => indexes.find(({ draft }) => draft === event)?.index)
}
const each = async (draft: EventDraft, times: number) => {
  const indexes = []
  for (let turn = 0; turn < times; turn += 1) indexes.push(...(await put({ ...draft })))
  return indexes
}
const history = async (from = 1) => {
  const entries = await box.journal.readEntries(from, 1000)
  return entries.map(entry => decodeOpen(keptParts(entry).open))
}
const reopen = async (options: object = {}): Promise<Journal> => {
  await box.journal.close()
  const asked = { path: box.path, origin: TEST_ORIGIN, clock, telemetryPerHour: 3, ...options }
  box.journal = await box.host.open(asked)
  return box.journal
}

describe('the rule', () => {
  test('each kind has its own hour, and the next hour begins anew', async () => {
    expect(await each(door, 5)).toEqual([1, 2, 3, undefined, undefined])
    expect(await each(position, 4)).toEqual([5, 6, 7, undefined])
    nowMs += HOUR - 1
    expect(await each(door, 1)).toEqual([undefined])
    nowMs += 1
    expect(await each(door, 1)).toEqual([9])
  })

  test('money events are kept, whatever the limits', async () => {
    const drafts = fc.array(fc.constantFrom(...kinds).map((kind): EventDraft => ({ kind })))
    const limits = fc.record({ perHour: fc.nat({ max: 3 }), isDiskFilling: fc.boolean() })
    await fc.assert(
      fc.property(drafts, limits, (events, limit) => {
        const at = { atMs: THEN, monotonicMs: 0 }
        const { kept, after } = triage(NOTHING_SHED, events, at, limit)
        const shed = events.filter((_event, position) => !kept[position])
        expect(shed.some(({ kind }) => isMoneyEvent(kind))).toBe(false)
        const counted = Object.values(after.gap?.kinds ?? {}).reduce((sum, n) => sum + n, 0)
        expect(counted).toBe(shed.length)
      }),
    )
  })

  test('a gap is stored at the first event and at each doubling', () => {
    const gap = (count: number) => {
      const kinds = { custom: count }
      return { fromMs: 0, toMs: 0, cause: 'rate' as const, kinds, isAtLeast: false }
    }
    const stored = [1, 2, 3, 4, 5, 8, 9].filter(count =>
      isWorthStoring(count === 1 ? undefined : gap(count - 1), gap(count)),
    )
    expect(stored).toEqual([1, 2, 4, 8])
    expect(gapEvent(gap(5)).fields?.detail).toEqual({ from: 0, to: 0, cause: 'rate', custom: 5 })
  })
})

describe('the gap event', () => {
  test('stands once before the next event that gets in, with kinds, counts, times', async () => {
    await each(door, 5)
    nowMs += 7000
    await each(position, 4)
    expect(await put(meter)).toEqual([9])
    expect(await put({ ...meter })).toEqual([10])
    const events = await history(4)
    expect(events.map(({ kind }) => kind)).toEqual([
      'gap',
      'position.fix',
      'position.fix',
      'position.fix',
      'gap',
      'meter.read',
      'meter.read',
    ])
    const [from, cause] = [THEN, 'rate']
    expect(events[0]?.detail).toEqual({ from, to: from, cause, 'door.opened': 2 })
    expect(events[4]?.detail).toEqual({
      from: from + 7000,
      to: from + 7000,
      cause,
      'position.fix': 1,
    })
  })

  test('mixed requests lose only what is not about money', async () => {
    await each(door, 3)
    const opens: EventDraft = { kind: 'sale.requested', sale: 'opens' }
    const seen: EventDraft = { kind: 'payment.seen', sale: 'opened' }
    expect(await put(door, opens, { ...door }, seen)).toEqual([undefined, 5, undefined, 6])
    const [gap, , payment] = await history(4)
    expect(gap).toMatchObject({ kind: 'gap', detail: { 'door.opened': 2 } })
    expect(payment).toMatchObject({ kind: 'payment.seen', sale: 5 })
  })

  test('its counts outlive a stop', async () => {
    await each(door, 10)
    const journal = await reopen()
    await journal.append({ events: [meter] })
    const [gap] = await history(4)
    expect(gap?.detail).toEqual({ from: THEN, to: THEN, cause: 'rate', 'door.opened': 7 })
  })

  test('after a crash they are a lower bound and say so', async () => {
    await each(door, 10)
    const other = openJournalHost()
    const thief = new DatabaseSync(box.path)
    thief.exec("UPDATE tip SET lock_nonce = ''")
    thief.close()
    const asked = { path: box.path, origin: TEST_ORIGIN, clock }
    const journal = await other.open(asked)
    await journal.append({ events: [meter] })
    const [gap] = await journal.readEntries(4, 1)
    expect(gap && decodeOpen(keptParts(gap).open).detail).toEqual({
      from: THEN,
      to: THEN,
      cause: 'rate',
      atLeast: true,
      'door.opened': 4,
    })
    await journal.close()
    await other.close()
  })
})

test('on a filling disk all telemetry goes, sales and their facts do not', async () => {
  const { bavail, bsize } = (await import('node:fs')).statfsSync(box.path)
  // Between one and two reserves are free.
  await reopen({ reserveBytes: Math.floor(bavail * bsize * 0.7), telemetryPerHour: 1000 })
  expect(await each(door, 3)).toEqual([undefined, undefined, undefined])
  expect(await put({ kind: 'sale.requested', sale: 'opens' })).toEqual([2])
  const [gap] = await history()
  expect(gap?.detail).toMatchObject({ cause: 'disk', 'door.opened': 3 })
})
