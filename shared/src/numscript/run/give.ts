/**
 * The destination side of a send: takes money from the front of the queue and posts it. What is
 * kept goes back to the balances it came from, without a posting.
 */
import { allot } from '../allot.ts'
import type { Destination, Target } from '../syntax.ts'
import { evaluateAddress, evaluateIn } from './evaluate.ts'
import { portionsOf, type Sending } from './sending.ts'

/** @param amount what is in the queue for this destination */
export function give(destination: Destination, amount: bigint, sending: Sending): void {
  switch (destination.kind) {
    case 'account':
      post(evaluateAddress(destination.address, sending.environment), amount, sending)
      return
    case 'ordered':
      giveInOrder(destination, amount, sending)
      return
    case 'allotment': {
      const { items, span } = destination
      const shares = allot(amount, portionsOf(items, span, sending.environment))
      for (const [index, { of }] of items.entries()) giveTo(of, shares[index] ?? 0n, sending)
    }
  }
}

/** Clauses that come after the last unit are not looked at: the language evaluates in order. */
function giveInOrder(
  { clauses, remaining }: Destination & { kind: 'ordered' },
  amount: bigint,
  sending: Sending,
): void {
  let left = amount
  for (const { cap, target } of clauses) {
    if (left === 0n) return
    const most = evaluateIn(sending.asset, cap, sending.environment)
    const part = most < 0n ? 0n : most < left ? most : left
    giveTo(target, part, sending)
    left -= part
  }
  giveTo(remaining, left, sending)
}

function giveTo(target: Target, amount: bigint, sending: Sending): void {
  if (target.kind === 'to') give(target.destination, amount, sending)
  else giveBack(amount, sending)
}

function post(destination: string, amount: bigint, sending: Sending): void {
  const { asset, balances, funds, postings } = sending
  for (const fund of funds.take(amount)) {
    postings.push({ source: fund.account, destination, amount: fund.amount, asset })
  }
  balances.change(destination, asset, amount)
}

function giveBack(amount: bigint, { asset, balances, funds }: Sending): void {
  for (const fund of funds.take(amount)) balances.change(fund.account, asset, fund.amount)
}
