/**
 * The expectations of a case, each a function from what came out to the lines that differ: `-` was
 * expected, `+` was found. Everything is compared as lines of text, which is also how it is shown.
 */
import type { BalanceRow } from '../run/balances.ts'
import type { RunOutput } from '../run/run.ts'
import type { Movement, TestCase } from './schema.ts'

type Compare = (output: RunOutput, endBalances: BalanceRow[]) => string[]
type Line = { source: string; destination: string; amount: bigint; asset: string }

export function expectationsOf(testCase: TestCase): Compare[] {
  const {
    'expect.postings': postings,
    'expect.movements': movements,
    'expect.endBalances': balances,
    'expect.endBalances.include': included,
    'expect.txMetadata': transaction,
    'expect.metadata': accounts,
  } = testCase
  const compares: (Compare | undefined)[] = [
    postings && (output => difference('postings', lines(postings), lines(output.postings))),
    movements && (output => compareMovements(movements, output)),
    balances && ((_, found) => difference('end balances', rows(balances), rows(found))),
    included && ((_, found) => compareIncluded(included, found)),
    transaction &&
      (({ transactionMetadata }) =>
        difference('transaction metadata', entries(transaction), entries(transactionMetadata))),
    accounts &&
      (({ accountMetadata }) =>
        difference('account metadata', nested(accounts), nested(accountMetadata))),
  ]
  return compares.filter(compare => compare !== undefined)
}

function compareMovements(expected: Movement[], { postings }: RunOutput): string[] {
  const sums = new Map<string, Line>()
  for (const posting of postings) {
    const key = `${posting.source} ${posting.destination} ${posting.asset}`
    const amount = (sums.get(key)?.amount ?? 0n) + posting.amount
    sums.set(key, { ...posting, amount })
  }
  return difference('movements', sorted(lines(expected)), sorted(lines([...sums.values()])))
}

function compareIncluded(expected: BalanceRow[], found: BalanceRow[]): string[] {
  const key = ({ account, asset }: BalanceRow) => `${account} ${asset}`
  const wanted = new Set(expected.map(key))
  const kept = found.filter(row => wanted.has(key(row)))
  return difference('end balances', rows(expected), rows(kept))
}

function lines(postings: readonly Line[]): string[] {
  return postings.map(
    ({ source, destination, amount, asset }) => `${source} → ${destination} ${asset} ${amount}`,
  )
}

/** Accounts at 0 are left out on both sides: they cannot be told from those never mentioned. */
function rows(balances: readonly BalanceRow[]): string[] {
  const standing = balances.filter(({ amount }) => amount !== 0n)
  return sorted(standing.map(({ account, asset, amount }) => `${account} ${asset} ${amount}`))
}

function entries(metadata: Readonly<Record<string, string>>): string[] {
  return sorted(Object.entries(metadata).map(([key, value]) => `${key} = ${value}`))
}

function nested(metadata: Readonly<Record<string, Readonly<Record<string, string>>>>): string[] {
  const all = Object.entries(metadata).flatMap(([account, values]) =>
    entries(values).map(entry => `${account}: ${entry}`),
  )
  return sorted(all)
}

function sorted(texts: string[]): string[] {
  return texts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** None when both are the same, in the same order. */
function difference(what: string, expected: string[], found: string[]): string[] {
  const isSame =
    expected.length === found.length && expected.every((line, index) => line === found[index])
  if (isSame) return []
  const shown: string[] = []
  let next = 0
  for (const line of expected) {
    const at = found.indexOf(line, next)
    if (at === -1) {
      shown.push(`- ${line}`)
      continue
    }
    shown.push(...found.slice(next, at).map(extra => `+ ${extra}`), `  ${line}`)
    next = at + 1
  }
  shown.push(...found.slice(next).map(extra => `+ ${extra}`))
  return [`${what} differ:`, ...shown]
}
