/** Random transfers on a real database: all as foreseen, and of every kind. */
import { expect, test } from 'vitest'
import { runLedger } from './ledger.ts'

test('two thousand random transfers leave a book without a fault', async () => {
  const { outcomes, faults, journals } = await runLedger(2_000, 7, () => undefined)
  expect(faults).toEqual([])
  expect(journals).toBe(BigInt(outcomes.posted))
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(2_000)
  for (const [outcome, count] of Object.entries(outcomes)) {
    expect(count, outcome).toBeGreaterThan(0)
  }
})
