/** What holds for every split script, whatever its tree: tried on random trees and amounts. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ASSET,
  accounts,
  anyPlan,
  type Plan,
  roundingPoints,
  splitText,
} from '../testing/scripts.ts'
import { allot } from './allot.ts'
import { runScript } from './run/run.ts'
import { faults, postings, run, script } from './testing.ts'

const gross = fc.oneof(fc.bigInt({ min: 0n, max: 3_000n }), fc.bigInt({ min: 0n, max: 10n ** 30n }))
const inputOf = (amount: bigint) => ({ variables: { gross: `${ASSET} ${amount}` } })

function partsOf(plan: Plan, amount: bigint): Map<string, bigint> {
  const parts = new Map<string, bigint>()
  for (const posting of run(splitText(plan), inputOf(amount)).postings) {
    parts.set(posting.destination, (parts.get(posting.destination) ?? 0n) + posting.amount)
  }
  return parts
}

/** The plan with an account in every place where something is kept, so that nothing vanishes. */
function withoutKept(plan: Plan): Plan {
  switch (plan.kind) {
    case 'kept':
      return { kind: 'account', account: 'kept' }
    case 'account':
      return plan
    case 'ordered': {
      const clauses = plan.clauses.map(({ cap, to }) => ({ cap, to: withoutKept(to) }))
      return { ...plan, clauses, remaining: withoutKept(plan.remaining) }
    }
    case 'shared':
      return {
        ...plan,
        shares: plan.shares.map(({ weight, to }) => ({ weight, to: withoutKept(to) })),
      }
  }
}

describe('every split', () => {
  test('Σ parts = what was sent, and no part is negative or empty', () => {
    fc.assert(
      fc.property(anyPlan(5).map(withoutKept), gross, (plan, amount) => {
        const made = run(splitText(plan), inputOf(amount)).postings
        expect(made.every(each => each.amount > 0n && each.source === 'world')).toBe(true)
        expect(made.reduce((sum, each) => sum + each.amount, 0n)).toBe(amount)
      }),
    )
  })

  test('what is kept is what an account in its place would have got', () => {
    fc.assert(
      fc.property(anyPlan(5), gross, (plan, amount) => {
        const all = partsOf(withoutKept(plan), amount)
        all.delete('kept')
        expect(partsOf(plan, amount)).toEqual(all)
      }),
    )
  })

  test('the same inputs give the same postings, whoever reads the script', () => {
    fc.assert(
      fc.property(anyPlan(5), gross, (plan, amount) => {
        const input = inputOf(amount)
        expect(run(splitText(plan), input)).toEqual(run(splitText(plan), input))
        const once = script(splitText(plan))
        expect(runScript(once, input)).toEqual(runScript(once, input))
      }),
    )
  })
})

describe('a higher gross', () => {
  const rise = fc.oneof(fc.constant(1n), fc.bigInt({ min: 0n, max: 500n }))

  test('never gives anybody less, in trees of orders, caps and portions of two', () => {
    fc.assert(
      fc.property(anyPlan(2), gross, rise, (plan, amount, more) => {
        const before = partsOf(plan, amount)
        const after = partsOf(plan, amount + more)
        for (const account of accounts) {
          expect((after.get(account) ?? 0n) >= (before.get(account) ?? 0n)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('takes at most one unit a rounding from anybody, in any tree', () => {
    fc.assert(
      fc.property(anyPlan(6), gross, rise, (plan, amount, more) => {
        const before = partsOf(plan, amount)
        const after = partsOf(plan, amount + more)
        for (const account of accounts) {
          const fallen = (before.get(account) ?? 0n) - (after.get(account) ?? 0n)
          expect(fallen <= roundingPoints(plan, account)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('can take that one unit: the language’s rule with portions of three or more', () => {
    const text = `vars { monetary $gross } send $gross (
      source = @world
      destination = { 10% to @a 10% to @b 40% to @c 40% to @d }
    )`
    const at = (amount: bigint) => postings(text, inputOf(amount)).map(line => line.slice(8))
    expect(at(2n)).toEqual(['a CNY/2 1', 'b CNY/2 1'])
    expect(at(3n)).toEqual(['a CNY/2 1', 'c CNY/2 1', 'd CNY/2 1'])
  })
})

test('a share is its exact value, rounded down or up, and shares add up', () => {
  const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(weights, gross, (all, amount) => {
      const total = all.reduce((sum, weight) => sum + weight, 0n)
      fc.pre(total > 0n)
      const parts = allot(
        amount,
        all.map(numerator => ({ numerator, denominator: total })),
      )
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount)
      for (const [index, weight] of all.entries()) {
        const floor = (amount * weight) / total
        expect([floor, floor + 1n]).toContain(parts[index])
      }
    }),
  )
})

describe('every source', () => {
  const balance = fc.bigInt({ min: -100n, max: 300n })
  const limit = fc.bigInt({ min: -20n, max: 200n })

  test('gives what it has and not more, or the funds are missing and nothing moves', () => {
    const amounts = fc.record({ a: balance, b: balance, overdraft: limit, cap: limit, sent: limit })
    fc.assert(
      fc.property(amounts, ({ a, b, overdraft, cap, sent }) => {
        fc.pre(sent >= 0n)
        const text = `send [${ASSET} ${sent}] (
          source = {
            max [${ASSET} ${cap}] from @a
            @b allowing overdraft up to [${ASSET} ${overdraft}]
            @a
          }
          destination = @till
        )`
        const balances = [
          { account: 'a', asset: ASSET, amount: a },
          { account: 'b', asset: ASSET, amount: b },
        ]
        const available = most(a) + most(b + most(overdraft))
        if (available < sent) {
          expect(faults(text, { balances })[0]).toContain('script.missing-funds')
          return
        }
        const made = run(text, { balances }).postings
        expect(made.reduce((sum, { amount }) => sum + amount, 0n)).toBe(sent)
        const from = (source: string) =>
          made.filter(each => each.source === source).reduce((sum, { amount }) => sum + amount, 0n)
        expect(from('a') <= most(a)).toBe(true)
        expect(from('b') <= most(b + most(overdraft))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  function most(amount: bigint): bigint {
    return amount > 0n ? amount : 0n
  }
})
