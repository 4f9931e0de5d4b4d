/** Faults by name, and the pauses between tries. */
import { expect, test } from 'vitest'
import { parseFaults } from './faults.ts'
import { pauseAfter } from './notifier.ts'

test('faults are named or refused', () => {
  expect(parseFaults('late-notify=0.25,drop-notify')).toEqual({
    'late-notify': 0.25,
    'drop-notify': 1,
  })
  expect(() => parseFaults('lost-notify')).toThrow('not a fault')
  expect(() => parseFaults('late-notify=2')).toThrow('not a fault')
})

test('pauses double up to a minute', () => {
  expect([0, 1, 2, 5, 6, 50].map(pauseAfter)).toEqual([1000, 2000, 4000, 32000, 60000, 60000])
})
