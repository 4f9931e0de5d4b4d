/** Counters that turn over, are reset, or jump; pulses that are money. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countBetween, type PulseConfig, type PulseFact, stepPulses } from './counter.ts'

describe('between two readings', () => {
  test.each([
    [10n, 12n, 16, { kind: 'counted', by: 2n }],
    [7n, 7n, 16, { kind: 'counted', by: 0n }],
    [65_530n, 4n, 16, { kind: 'counted', by: 10n }],
    [4_294_967_295n, 0n, 32, { kind: 'counted', by: 1n }],
    [4000n, 3n, 32, { kind: 'reset', from: 4000n, to: 3n, by: 3n }],
    [4000n, 0n, 32, { kind: 'reset', from: 4000n, to: 0n, by: 0n }],
    [4000n, 2000n, 32, { kind: 'implausible', from: 4000n, to: 2000n }],
    [10n, 5000n, 32, { kind: 'implausible', from: 10n, to: 5000n }],
  ])('%s to %s in %s bits', (from, to, bits, counted) => {
    expect(countBetween(from, to, { bits, maxStep: 100n })).toEqual(counted)
  })
})

describe('pulses', () => {
  const config: PulseConfig = { bits: 16, maxStep: 50n, minorPerPulse: 100n }

  function look(...raws: bigint[]): PulseFact[] {
    let state: { raw: bigint | null } = { raw: null }
    return raws.flatMap(raw => {
      const step = stepPulses(config, state, raw)
      state = step.state
      return step.facts
    })
  }

  test('the first look only remembers; each pulse is told once with its worth', () => {
    expect(look(500n, 500n, 503n, 503n)).toEqual([
      { kind: 'pulses', count: 3n, amountMinor: 300n, raw: 503n },
    ])
  })

  test('a reset is told, and what came since', () => {
    expect(look(500n, 2n)).toEqual([
      { kind: 'counter-reset', from: 500n, to: 2n },
      { kind: 'pulses', count: 2n, amountMinor: 200n, raw: 2n },
    ])
  })

  test('a jump is no money, and does not stand in the way of the next pulse', () => {
    expect(look(500n, 30_000n, 30_001n)).toEqual([
      { kind: 'implausible', from: 500n, to: 30_000n },
      { kind: 'pulses', count: 1n, amountMinor: 100n, raw: 30_001n },
    ])
  })

  test('looked at in time, every pulse counts once, over any number of turns', () => {
    const steps = fc.array(fc.bigInt({ min: 0n, max: 50n }), { minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(fc.bigInt({ min: 60_000n, max: 65_535n }), steps, (start, pauses) => {
        const sums = pauses.map((_, i) => pauses.slice(0, i + 1).reduce((sum, by) => sum + by, 0n))
        const raws = [start, ...sums.map(sum => BigInt.asUintN(16, start + sum))]
        const told = look(...raws).map(fact => (fact.kind === 'pulses' ? fact.count : -1n))
        expect(told.reduce((sum, count) => sum + count, 0n)).toBe(sums.at(-1))
      }),
      { numRuns: 20 },
    )
  })
})
