/** Evidence of incidents: the place in the log, and what a person reads of the rest. */
import type { Incident } from '@tillproof/shared/api/machines.ts'
import { expect, test } from 'vitest'
import { placeIn, timesIn, toldIn } from './incident-details.ts'

const incident = (detail: Incident['detail']): Incident => ({
  id: '6f1d3c1e-8a52-4e4f-9a53-0f6ad5b1f9b2',
  deviceId: 'd4k2m9x7qa1bz',
  kind: 'tamper',
  detail,
  openedAt: '2025-03-01T00:00:00.000Z',
  closedAt: null,
  closedReason: null,
})

test('an event that came three times has a range in the log', () => {
  const told = incident({ epoch: 2, index: 7, lastIndex: 12, times: 3, contact: 'lid', atMs: 1 })
  expect(placeIn(told)).toEqual({ epoch: 2, index: 7, lastIndex: 12 })
  expect(timesIn(told)).toBe(3)
  expect(toldIn(told)).toEqual([['contact', 'lid']])
})

test('evidence that is no event has no place; long texts and objects are for programs', () => {
  const told = incident({ heads: { first: 'x' }, head: 'a\nb', metres: 400 })
  expect(placeIn(told)).toBeUndefined()
  expect(timesIn(told)).toBe(1)
  expect(toldIn(told)).toEqual([['metres', '400']])
})
