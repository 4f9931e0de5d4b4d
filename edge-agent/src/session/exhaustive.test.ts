/**
 * All interleavings there are, not a sample: the graph of everything that machine, line, process
 * and disk can do to each other is walked until it closes (testing/explore.ts). In each state the
 * books are right; from each state what is owed is settled without anybody coming.
 */
import { expect, test } from 'vitest'
import { explore, type Model } from './testing/explore.ts'
import { observerModel } from './testing/observer-model.ts'
import { CAR, PULSE_CHAIR, TIMER_CHAIR } from './testing/timed-machines.ts'
import { timedModel } from './testing/timed-model.ts'
import { vendingModel } from './testing/vending-model.ts'
import type { TimedRules } from './timed-rules.ts'

/** A graph that is much smaller than it was has lost something of the world. */
function expectSound<World>(name: string, model: Model<World>, leastStates: number): void {
  const { states, edges, faults } = explore(model, 1_000_000)
  expect(faults).toEqual([])
  expect(states).toBeGreaterThan(leastStates)
  console.info(`${name}: ${states} states, ${edges} edges, closed, no fault`)
}

const LONG_MS = 600_000

test('a vending machine, vouchers and choices', { timeout: LONG_MS }, () => {
  const rivals = vendingModel({ orders: 2, slots: 1, waiting: 1 })
  expectSound('vending, two vouchers', rivals, 50_000)
  const choices = vendingModel({ orders: 1, slots: 2, waiting: 1 })
  expectSound('vending, two slots', choices, 20_000)
})

test.each([
  ['that counts its runs and has faults', TIMER_CHAIR, 'power'],
  ['that counts nothing', PULSE_CHAIR, 'line and power'],
  ['that we unlock and lock', CAR, 'line and power'],
] as const)('a machine %s', { timeout: LONG_MS }, (_, rules, breaks) => {
  const { metersEverySeconds: _none, ...rented } = rules as TimedRules
  expectSound(rented.name, timedModel(rented, breaks), 5_000)
})

test("somebody else's reader, and cash", { timeout: LONG_MS }, () => {
  expectSound('observer', observerModel(), 20_000)
})
