/** Puts steps together into what an agreement says of a sale: terms, whose accounts, script. */
import { isParticipation } from '../account-path.ts'
import type { Term } from '../term/term.ts'
import type { AgreementTerms, Participation } from '../terms.ts'
import { waterfall } from '../waterfall.ts'

export type Split = Pick<AgreementTerms, 'accounts' | 'participations' | 'terms' | 'script'>
/** A term, and whose its account is; the payment company's needs no owner. */
export type Step = { term: Term; partyId?: string }
export type Receiver = { account: string; partyId: string }
export type ChannelFee = { channel: string; basisPoints: number }

/**
 * @param steps in the order in which they are paid
 * @param holders of the pools among the steps' accounts
 */
export function compose(
  steps: readonly Step[],
  remainder: Receiver,
  holders: Participation['holders'] = [],
): Split {
  const owned = steps.flatMap(({ term, partyId }) =>
    term.kind === 'payment-fee' || partyId === undefined
      ? []
      : [{ account: term.account, partyId }],
  )
  const pools = owned.filter(each => isParticipation(each.account))
  return {
    accounts: [...owned, remainder],
    participations: pools.map(({ account }) => ({ account, holders: [...holders] })),
    terms: computable(steps.map(step => step.term)),
    script: waterfall(
      steps.map(step => step.term),
      remainder.account,
    ),
  }
}

/** A guarantor's call is paid before the share it is taken out of, and computed after it. */
const computable = (terms: Term[]): Term[] => [
  ...terms.filter(term => term.kind !== 'guarantor-call'),
  ...terms.filter(term => term.kind === 'guarantor-call'),
]

export const feeStep = (channels: readonly ChannelFee[]): Step => ({
  term: { kind: 'payment-fee', name: 'payment_fee', channels: [...channels] },
})
