/**
 * Runs an agreement's script over one sale: what each term asks for becomes a variable, and who got
 * how much is read from the script's postings. Whatever a script does, not a unit may come from
 * elsewhere, stay behind, or go to an account the parties did not name.
 */
import { exponentOf } from '../money/money.ts'
import { type RunOutput, runScript } from '../numscript/run/run.ts'
import { readScript } from '../numscript/script.ts'
import type { Script } from '../numscript/syntax.ts'
import { channelFees } from './account-path.ts'
import { accountOf } from './term/term.ts'
import type { AgreementTerms } from './terms.ts'

/** One step of the split: what was asked for, what was there to pay, what is missing. */
export type Part = {
  /** The term that asked; null for what the script gives of its own, the remainder above all. */
  term: string | null
  account: string
  requestedMinor: bigint
  paidMinor: bigint
  shortfallMinor: bigint
}
export type SplitRefusal = 'script-fault' | 'not-all-shared' | 'account-not-agreed'
export type Split = { ok: true; parts: Part[] } | { refused: SplitRefusal; detail: string }
type Sold = { channel: string; grossMinor: bigint }

/** What scripts call the machine's sub-account: to a split it is the same which machine it is. */
const TAKINGS = 'takings'

/** The asset of a currency as scripts write it: `CNY/2`, `JPY`. */
export function assetOf(currency: string): string {
  const exponent = exponentOf(currency)
  return exponent === 0 ? currency : `${currency}/${exponent}`
}

/** @param asked what each term asks for, by name, in minor units, in the order of the terms */
export function splitByScript(
  agreement: AgreementTerms,
  asked: ReadonlyMap<string, bigint>,
  sold: Sold,
): Split {
  const known = knownSplits(agreement)
  const key = `${sold.channel} ${sold.grossMinor} ${[...asked.values()].join(' ')}`
  const split = known.get(key) ?? runSplit(agreement, asked, sold)
  if (known.size < MOST_KNOWN) known.set(key, split)
  return split
}

/**
 * A machine has few prices and sells all day: equal sales under equal asking are split once. Terms
 * are immutable values, so what they gave stays true as long as they are held.
 */
const splits = new WeakMap<AgreementTerms, Map<string, Split>>()
const MOST_KNOWN = 10_000

function knownSplits(agreement: AgreementTerms): Map<string, Split> {
  const known = splits.get(agreement) ?? new Map<string, Split>()
  splits.set(agreement, known)
  return known
}

function runSplit(
  agreement: AgreementTerms,
  asked: ReadonlyMap<string, bigint>,
  sold: Sold,
): Split {
  const script = scriptOf(agreement)
  if ('fault' in script) return { refused: 'script-fault', detail: script.fault }
  const asset = assetOf(agreement.currency)
  const result = runScript(script, {
    variables: {
      gross: `${asset} ${sold.grossMinor}`,
      takings: TAKINGS,
      payment_company: channelFees(sold.channel),
      ...Object.fromEntries([...asked].map(([name, amount]) => [name, `${asset} ${amount}`])),
    },
    balances: [{ account: TAKINGS, asset, amount: sold.grossMinor }],
  })
  if (!result.ok) return { refused: 'script-fault', detail: result.fault.message }
  return partsOf(agreement, asked, sold, result)
}

function partsOf(
  agreement: AgreementTerms,
  asked: ReadonlyMap<string, bigint>,
  sold: Sold,
  { postings }: RunOutput,
): Split {
  const paid = new Map<string, bigint>()
  for (const { source, destination, amount } of postings) {
    if (source !== TAKINGS) {
      return { refused: 'not-all-shared', detail: `${source} is not the machine's takings` }
    }
    paid.set(destination, (paid.get(destination) ?? 0n) + amount)
  }
  const total = [...paid.values()].reduce((sum, each) => sum + each, 0n)
  if (total !== sold.grossMinor) {
    return { refused: 'not-all-shared', detail: `${total} of ${sold.grossMinor} was given away` }
  }
  const asking = agreement.terms.map(term => ({
    term: term.name,
    account: accountOf(term, sold.channel),
    requestedMinor: asked.get(term.name) ?? 0n,
  }))
  const agreed = new Set([
    ...agreement.accounts.map(each => each.account),
    ...asking.map(each => each.account),
  ])
  const stranger = [...paid.keys()].find(account => !agreed.has(account))
  if (stranger !== undefined) return { refused: 'account-not-agreed', detail: stranger }
  const steps = asking.map(step => partFor(step, paid.get(step.account) ?? 0n))
  const rest = [...paid].filter(([account]) => !asking.some(step => step.account === account))
  return { ok: true, parts: [...steps, ...rest.map(givenFreely)] }
}

const partFor = (
  { term, account, requestedMinor }: Pick<Part, 'term' | 'account' | 'requestedMinor'>,
  paidMinor: bigint,
): Part => ({
  term,
  account,
  requestedMinor,
  paidMinor,
  shortfallMinor: requestedMinor > paidMinor ? requestedMinor - paidMinor : 0n,
})

const givenFreely = ([account, paidMinor]: [string, bigint]): Part => ({
  term: null,
  account,
  requestedMinor: paidMinor,
  paidMinor,
  shortfallMinor: 0n,
})

/** Terms are immutable values, so their script is read once. */
const scripts = new WeakMap<AgreementTerms, Script | { fault: string }>()

function scriptOf(agreement: AgreementTerms): Script | { fault: string } {
  const known = scripts.get(agreement)
  if (known !== undefined) return known
  const read = readScript(agreement.script)
  const script = read.ok ? read.script : { fault: read.faults[0]?.message ?? 'cannot be read' }
  scripts.set(agreement, script)
  return script
}
