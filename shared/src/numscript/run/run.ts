/**
 * Runs a checked script: (script, variables, balances, metadata) → postings and metadata. Pure and
 * deterministic: the same inputs give the same postings in the same order, whoever computes them.
 * All or nothing: a fault anywhere means that nothing is posted.
 */

import { catchRefusal, refuse, type ScriptFault } from '../fault.ts'
import type { Call, Script, Statement } from '../syntax.ts'
import { formatValue } from '../value.ts'
import { type BalanceRow, Balances } from './balances.ts'
import type { Environment } from './evaluate.ts'
import { evaluate, evaluateAddress, evaluateAs } from './evaluate.ts'
import { Funds } from './funds.ts'
import { give } from './give.ts'
import type { Posting, Sending } from './sending.ts'
import { takeAll, takeExactly } from './take.ts'
import { bindVariables, type GivenVariables, type Metadata } from './variables.ts'

export type RunInput = {
  variables?: GivenVariables
  balances?: Iterable<BalanceRow>
  metadata?: Metadata
}

/** Metadata as the script set it, without what the accounts had before. */
export type RunOutput = {
  postings: Posting[]
  transactionMetadata: Record<string, string>
  accountMetadata: Record<string, Record<string, string>>
}

export type RunResult = ({ ok: true } & RunOutput) | { ok: false; fault: ScriptFault }

export function runScript(script: Script, input: RunInput = {}): RunResult {
  const outcome = catchRefusal(() => run(script, input))
  return 'fault' in outcome ? { ok: false, fault: outcome.fault } : { ok: true, ...outcome.value }
}

function run(
  script: Script,
  { variables = {}, balances = [], metadata = {} }: RunInput,
): RunOutput {
  const spendable = new Balances(balances)
  const state: State = {
    environment: {
      variables: bindVariables(script.declarations, variables, metadata, spendable),
      balances: spendable,
    },
    postings: [],
    transaction: new Map(),
    accounts: new Map(),
  }
  for (const statement of script.statements) runStatement(statement, state)
  const accounts = [...state.accounts].map(([account, entries]) => {
    return [account, Object.fromEntries(entries)] as const
  })
  return {
    postings: state.postings,
    transactionMetadata: Object.fromEntries(state.transaction),
    accountMetadata: Object.fromEntries(accounts),
  }
}

type State = {
  environment: Environment
  postings: Posting[]
  transaction: Map<string, string>
  accounts: Map<string, Map<string, string>>
}

function runStatement(statement: Statement, state: State): void {
  switch (statement.kind) {
    case 'send':
      send(statement, state)
      return
    case 'save':
      save(statement, state)
      return
    case 'call':
      setMetadata(statement.call, state)
  }
}

function send({ sent, source, destination }: Statement & { kind: 'send' }, state: State): void {
  const { environment, postings } = state
  const { balances } = environment
  const sending = (asset: string): Sending => {
    return { environment, balances, asset, funds: new Funds(), postings }
  }
  if (sent.kind === 'all') {
    const everything = sending(evaluateAs('asset', sent.asset, environment).asset)
    give(destination, takeAll(source, everything), everything)
    return
  }
  const { asset, amount } = evaluateAs('monetary', sent.amount, environment)
  refuseNegative(amount, sent)
  const exactly = sending(asset)
  takeExactly(source, amount, exactly)
  give(destination, amount, exactly)
}

/**
 * What is saved is out of reach for the statements that follow; what is not there cannot be saved.
 * An overdrawn account stays as it is: saving never makes more available.
 */
function save({ sent, from }: Statement & { kind: 'save' }, { environment }: State): void {
  const account = evaluateAddress(from, environment)
  const { balances } = environment
  if (sent.kind === 'all') {
    const { asset } = evaluateAs('asset', sent.asset, environment)
    const all = balances.read(account, asset)
    if (all > 0n) balances.change(account, asset, -all)
    return
  }
  const { asset, amount } = evaluateAs('monetary', sent.amount, environment)
  refuseNegative(amount, sent)
  const there = balances.read(account, asset)
  if (there > 0n) balances.change(account, asset, there < amount ? -there : -amount)
}

function refuseNegative(amount: bigint, { span }: { span: Statement['span'] }): void {
  if (amount < 0n) refuse('script.negative-amount', `the amount is negative: ${amount}`, span)
}

function setMetadata({ name, args, span }: Call, state: State): void {
  const [first, second, third] = args
  const { environment } = state
  if (name === 'set_tx_meta' && first && second) {
    const key = evaluateAs('string', first, environment).string
    state.transaction.set(key, formatValue(evaluate(second, environment)))
  } else if (name === 'set_account_meta' && first && second && third) {
    const account = evaluateAddress(first, environment)
    const key = evaluateAs('string', second, environment).string
    const entries = state.accounts.get(account) ?? new Map<string, string>()
    entries.set(key, formatValue(evaluate(third, environment)))
    state.accounts.set(account, entries)
  } else {
    refuse('script.function', `\`${name}\` cannot stand alone`, span)
  }
}
