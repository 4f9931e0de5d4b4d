/** The summary of a report: every event counted once, hidden ones apart. */
import type { ReportedEvent } from '@tillproof/shared/bundle/report.ts'
import type { EventKind } from '@tillproof/shared/event/event.ts'
import { expect, test } from 'vitest'
import { countByKind } from './kinds.ts'

const always = { index: 0, atMs: 0, monotonicMs: 0, bootId: new Uint8Array(8) }
const event = (kind: EventKind | null): ReportedEvent => {
  return { origin: 'o', index: 0, open: kind === null ? null : { ...always, kind }, sealed: null }
}

test('the most frequent kind comes first, what is hidden is counted too', () => {
  const events = [event('gap'), event(null), event('custom'), event('custom')]
  expect(countByKind(events)).toEqual([
    { kind: 'custom', count: 2 },
    { kind: 'gap', count: 1 },
    { kind: null, count: 1 },
  ])
  expect(countByKind([])).toEqual([])
})
