/**
 * What terms would have paid each party for sales of the past: the same calculation as that of the
 * ledger, from an empty book, in the order in which the sales were made.
 */
import { type ClearableSale, type ClearingRefusal, clearSale, type Leg } from './clear-sale.ts'
import type { SignedTransfer } from './register.ts'
import { emptyState, nextState } from './state.ts'
import type { AgreementTerms } from './terms.ts'

export type PreviewedTerm = {
  /** null for what the script gives of its own. */
  term: string | null
  account: string
  requestedMinor: bigint
  paidMinor: bigint
  shortfallMinor: bigint
}
export type Preview = {
  sales: number
  grossMinor: bigint
  terms: PreviewedTerm[]
  /** Credits less debits of each account, holders of participations included. */
  accounts: { account: string; partyId: string | null; amountMinor: bigint }[]
  /** Sales that these terms do not split, by reason. */
  refused: { reason: ClearingRefusal; sales: number }[]
}

export function previewAgreement(
  agreement: AgreementTerms,
  sales: readonly ClearableSale[],
  transfers: readonly SignedTransfer[] = [],
): Preview {
  let state = emptyState(transfers)
  const terms = new Map<string, PreviewedTerm>()
  const accounts = new Map<string, bigint>()
  const refused = new Map<ClearingRefusal, number>()
  let [count, grossMinor] = [0, 0n]
  for (const sale of sales.toSorted((a, b) => a.atMs - b.atMs)) {
    const cleared = clearSale(agreement, state, sale)
    if ('refused' in cleared) {
      refused.set(cleared.refused, (refused.get(cleared.refused) ?? 0) + 1)
      continue
    }
    const { posting } = cleared
    count += 1
    grossMinor += posting.grossMinor
    for (const part of posting.parts) addPart(terms, part)
    for (const leg of posting.legs) addLeg(accounts, leg)
    state = nextState(state, agreement, { sourceAtMs: sale.atMs, legs: posting.legs })
  }
  return {
    sales: count,
    grossMinor,
    terms: [...terms.values()],
    accounts: [...accounts]
      .filter(([account]) => !account.startsWith('device:') && !account.endsWith(':receivable'))
      .map(([account, amountMinor]) => ({
        account,
        partyId: ownerOf(agreement, account),
        amountMinor,
      })),
    refused: [...refused].map(([reason, sales_]) => ({ reason, sales: sales_ })),
  }
}

function addPart(terms: Map<string, PreviewedTerm>, part: PreviewedTerm): void {
  const key = `${part.term ?? ''} ${part.account}`
  const sum = terms.get(key)
  terms.set(key, {
    ...part,
    requestedMinor: part.requestedMinor + (sum?.requestedMinor ?? 0n),
    paidMinor: part.paidMinor + (sum?.paidMinor ?? 0n),
    shortfallMinor: part.shortfallMinor + (sum?.shortfallMinor ?? 0n),
  })
}

function addLeg(accounts: Map<string, bigint>, { account, side, amountMinor }: Leg): void {
  const signed = side === 'credit' ? amountMinor : -amountMinor
  accounts.set(account, (accounts.get(account) ?? 0n) + signed)
}

/** Whose an account is: as the terms say, or as a holder's own account is named. */
export function ownerOf(agreement: AgreementTerms, account: string): string | null {
  const named = agreement.accounts.find(each => each.account === account)
  if (named !== undefined) return named.partyId
  return account.startsWith('party:') ? (account.split(':')[1] ?? null) : null
}
