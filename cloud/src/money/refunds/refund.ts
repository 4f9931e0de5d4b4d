/**
 * A refund on its way, as a pure machine. Its id is saved before the company hears of it; whatever
 * is not answered is unknown, asked about by that id and never sent under another.
 *
 *   requested → submitted ⇄ unknown → succeeded | refused | abnormal → succeeded | refused
 */
import type { RefundState as ToldState } from '../payments/channel.ts'

export type RefundState =
  /** Saved, and not with the company for all we know. */
  | 'requested'
  /** Sent, or the company says that it works on it. */
  | 'submitted'
  /** Sent, and not answered for. */
  | 'unknown'
  | 'succeeded'
  /** The company will not do it: what was held for it is given back. */
  | 'refused'
  /** The company could not bring it to the customer: a person has to see to it there. */
  | 'abnormal'

/** Why there is a refund. */
export type RefundCause =
  /** A person of the operator asked for it. */
  | 'operator'
  /** Paid after the order had ended: no voucher was given. */
  | 'paid-late'
  /** The machine said that it could not give what was paid for. */
  | 'sale-failed'
  /** No sale came within the agreed time. */
  | 'no-sale'
  /** The service came to less than was paid in advance. */
  | 'final-amount'
  /** The company tells of one that we did not ask for. */
  | 'company'
  /** The customer's bank takes the money back: a dispute, open or lost. */
  | 'chargeback'

/** What an asking met: the company's own word, or that it refuses, knows nothing, says nothing. */
export type Heard = ToldState | 'rejected' | 'not-there' | 'no-answer'

/** A state after what was heard. What has succeeded stays so, whatever is told later. */
export function stateAfter(state: RefundState, heard: Heard): RefundState {
  if (state === 'succeeded') return 'succeeded'
  if (state === 'refused' && heard !== 'succeeded') return 'refused'
  switch (heard) {
    case 'succeeded':
      return 'succeeded'
    case 'pending':
      return 'submitted'
    case 'closed':
    case 'rejected':
      return 'refused'
    case 'abnormal':
      return 'abnormal'
    case 'not-there':
      // It never came to them: the same id is sent again.
      return state === 'abnormal' ? state : 'requested'
    case 'no-answer':
      return state === 'abnormal' ? state : 'unknown'
  }
}

/** For the customer's eyes, where nobody wrote one. */
export const REASONS: Record<Exclude<RefundCause, 'operator'>, string> = {
  'paid-late': 'Paid after the order had ended',
  'sale-failed': 'The machine could not deliver',
  'no-sale': 'Nothing was delivered',
  'final-amount': 'Rest of the deposit',
  company: 'Paid back by the payment company',
  chargeback: 'Disputed by the customer',
}
