/**
 * Random split scripts: a destination tree of portions, caps and keeps over a few accounts, as text
 * and as the plan it was made from. Trees are small; the amounts are not.
 */
import fc from 'fast-check'

/** Where money goes. `share` items carry weights; their portions are weight over the sum. */
export type Plan =
  | { kind: 'account'; account: string }
  | { kind: 'kept' }
  | { kind: 'ordered'; clauses: { cap: bigint; to: Plan }[]; remaining: Plan }
  | { kind: 'shared'; shares: { weight: number; to: Plan }[]; hasRemaining: boolean }

export const ASSET = 'CNY/2'
export const accounts = ['site', 'maker', 'psp:fees', 'loan:7:repayment', 'operator'] as const

const cap = fc.bigInt({ min: -5n, max: 2_000n })
const leaf: fc.Arbitrary<Plan> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(...accounts).map(account => ({ kind: 'account', account }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'kept' } as const) },
)

/** @param maxShares portions an allotment may have: 2 for trees that are exactly monotone */
export function anyPlan(maxShares: number, depth = 3): fc.Arbitrary<Plan> {
  if (depth === 0) return leaf
  const inner = anyPlan(maxShares, depth - 1)
  const ordered = fc.record({
    kind: fc.constant('ordered' as const),
    clauses: fc.array(fc.record({ cap, to: inner }), { maxLength: 3 }),
    remaining: inner,
  })
  const share = fc.record({ weight: fc.integer({ min: 1, max: 97 }), to: inner })
  const shared = fc.record({
    kind: fc.constant('shared' as const),
    shares: fc.array(share, { minLength: 1, maxLength: maxShares }),
    hasRemaining: fc.boolean(),
  })
  return fc.oneof<fc.Arbitrary<Plan>[]>(leaf, ordered, shared)
}

/** The plan as a script's destination; kept at the root is written as a list of one. */
export function destinationText(plan: Plan): string {
  switch (plan.kind) {
    case 'account':
      return `@${plan.account}`
    case 'kept':
      return '{ remaining kept }'
    case 'ordered': {
      const clauses = plan.clauses.map(clause => `max ${money(clause.cap)} ${target(clause.to)} `)
      return `{ ${clauses.join('')}remaining ${target(plan.remaining)} }`
    }
    case 'shared': {
      const total = plan.shares.reduce((sum, { weight }) => sum + weight, 0)
      const items = plan.shares.map(({ weight, to }, index) => {
        const isLast = index === plan.shares.length - 1
        const portion = isLast && plan.hasRemaining ? 'remaining' : `${weight}/${total}`
        return `${portion} ${target(to)}`
      })
      return `{ ${items.join(' ')} }`
    }
  }
}

function target(plan: Plan): string {
  return plan.kind === 'kept' ? 'kept' : `to ${destinationText(plan)}`
}

function money(amount: bigint): string {
  return `[${ASSET} ${amount}]`
}

/** A script that sends the variable `$gross` from outside by the plan. */
export function splitText(plan: Plan): string {
  const destination = destinationText(plan)
  return `vars { monetary $gross } send $gross ( source = @world destination = ${destination} )`
}

/**
 * How many units an account's part may at most fall when the gross rises: one for each allotment
 * between the root and each of its leaves (rounding moves a left-over unit from one to another).
 */
export function roundingPoints(plan: Plan, account: string, above = 0): bigint {
  switch (plan.kind) {
    case 'account':
      return plan.account === account ? BigInt(above) : 0n
    case 'kept':
      return 0n
    case 'ordered':
      return [...plan.clauses.map(({ to }) => to), plan.remaining]
        .map(to => roundingPoints(to, account, above))
        .reduce((sum, points) => sum + points)
    case 'shared':
      return plan.shares
        .map(({ to }) => roundingPoints(to, account, above + 1))
        .reduce((sum, points) => sum + points)
  }
}
