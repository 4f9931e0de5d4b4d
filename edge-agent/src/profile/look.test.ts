/** What a look makes of raw points: enumerations, turned contacts, ports that cannot be read. */
import { expect, test } from 'vitest'
import { lookAt, meterFields } from './look.ts'

const profile = {
  signals: {
    running: { from: 'box.state', is: [1, 2], not: false },
    open: { from: 'box.closed', not: true },
    lit: { from: 'lamp.on', not: false },
  },
  meters: { runs: { from: 'box.runs', unit: 'runs', bits: 16, falls: 'never' as const } },
}

test('signals by value, turned round, and meters raw', () => {
  const box = { state: 2n, closed: 0n, runs: 65_535n }
  const look = lookAt(profile, new Map([['box', box]]))
  expect(look).toEqual({ signals: { running: true, open: true }, meters: { runs: 65_535n } })
  expect(meterFields(profile, look)).toEqual({
    meters: { runs: 65_535n },
    detail: { 'bits.runs': 16 },
  })
})

test('what cannot be read is absent, not false', () => {
  expect(lookAt(profile, new Map([['lamp', { on: 1n }]]))).toEqual({
    signals: { lit: true },
    meters: {},
  })
})
