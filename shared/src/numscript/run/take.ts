/**
 * The source side of a send: takes money out of the balances, in order, and puts it into the queue.
 * Negative maxima and overdrafts count as zero. What is taken is gone for the sources that follow.
 */
import { allot } from '../allot.ts'
import { Refusal, refuse } from '../fault.ts'
import type { Source } from '../syntax.ts'
import { WORLD } from './balances.ts'
import { evaluateAddress, evaluateIn } from './evaluate.ts'
import { portionsOf, type Sending } from './sending.ts'

/** Takes all of `amount`, or throws the Refusal `script.missing-funds`. */
export function takeExactly(source: Source, amount: bigint, sending: Sending): void {
  const available = takeUpTo(source, amount, sending)
  if (available === amount) return
  const { asset } = sending
  throw new Refusal({
    code: 'script.missing-funds',
    message: `${asset} ${amount} is needed here, but only ${asset} ${available} is available`,
    span: source.span,
    funds: { asset, needed: amount, available },
  })
}

/** Takes as much of `amount` as the source has. @returns how much that was */
function takeUpTo(source: Source, amount: bigint, sending: Sending): bigint {
  switch (source.kind) {
    case 'account':
      return takeFromAccount(source, amount, sending)
    case 'capped':
      return takeUpTo(source.from, smaller(capOf(source, sending), amount), sending)
    case 'ordered': {
      let left = amount
      for (const each of source.sources) left -= takeUpTo(each, left, sending)
      return amount - left
    }
    case 'allotment': {
      const shares = allot(amount, portionsOf(source.items, source.span, sending.environment))
      for (const [index, { of }] of source.items.entries()) {
        takeExactly(of, shares[index] ?? 0n, sending)
      }
      return amount
    }
  }
}

/** Takes everything the source has. @returns how much that was */
export function takeAll(source: Source, sending: Sending): bigint {
  switch (source.kind) {
    case 'account':
      return takeAllFromAccount(source, sending)
    case 'capped':
      return takeUpTo(source.from, capOf(source, sending), sending)
    case 'ordered':
      return source.sources.reduce((total, each) => total + takeAll(each, sending), 0n)
    case 'allotment':
      return refuse('script.send-all', 'portions of everything are not defined', source.span)
  }
}

type AccountSource = Source & { kind: 'account' }

function takeFromAccount(source: AccountSource, amount: bigint, sending: Sending): bigint {
  const address = evaluateAddress(source.address, sending.environment)
  const limit = availableFrom(source, address, sending)
  return move(address, limit === 'unbounded' ? amount : smaller(limit, amount), sending)
}

function takeAllFromAccount(source: AccountSource, sending: Sending): bigint {
  const address = evaluateAddress(source.address, sending.environment)
  const limit = availableFrom(source, address, sending)
  if (limit !== 'unbounded') return move(address, limit, sending)
  return refuse('script.send-all', `${address} has no limit, so there is no "all"`, source.span)
}

/** Balance plus allowed overdraft, never below zero. */
function availableFrom(
  { overdraft }: AccountSource,
  address: string,
  { asset, balances, environment }: Sending,
): bigint | 'unbounded' {
  const allowed = typeof overdraft === 'object' ? evaluateIn(asset, overdraft, environment) : 0n
  if (address === WORLD || overdraft === 'unbounded') return 'unbounded'
  return notNegative(balances.read(address, asset) + notNegative(allowed))
}

function move(address: string, amount: bigint, { asset, balances, funds }: Sending): bigint {
  balances.change(address, asset, -amount)
  funds.put(address, amount)
  return amount
}

function capOf({ cap }: Source & { kind: 'capped' }, { asset, environment }: Sending): bigint {
  return notNegative(evaluateIn(asset, cap, environment))
}

function notNegative(amount: bigint): bigint {
  return amount < 0n ? 0n : amount
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
