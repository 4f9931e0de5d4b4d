/**
 * What can go wrong between a payment company and its merchant, by name.
 * Each fault strikes a payment with its own probability, drawn from an injected random source, so
 * that a test can make it certain and a seeded run can be repeated.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'

export const FAULT_NAMES = [
  'duplicate-notify',
  'late-notify',
  'bad-signature',
  'drop-notify',
  /** Refunds: refused at once; accepted and closed; not to be brought to the customer. */
  'refund-refused',
  'refund-closed',
  'refund-abnormal',
  /** Done, and the connection cut before the answer. */
  'refund-no-answer',
] as const
export type FaultName = (typeof FAULT_NAMES)[number]
/** Probability from 0 to 1 by fault; an absent fault never strikes. */
export type Faults = Partial<Record<FaultName, number>>

const isFaultName = (text: string): text is FaultName =>
  (FAULT_NAMES as readonly string[]).includes(text)

/** Reads `duplicate-notify=0.1,bad-signature`; a name without a number is certain. */
export function parseFaults(text: string): Faults {
  const faults: Faults = {}
  for (const item of text.split(',').filter(each => each !== '')) {
    const [name = '', chance = '1'] = item.split('=')
    const probability = Number(chance)
    if (!isFaultName(name) || !(probability >= 0 && probability <= 1)) {
      throw new TillproofError(
        'sandbox.fault-unknown',
        `"${item}" is not a fault with a probability from 0 to 1.`,
        `Use one of ${FAULT_NAMES.join(', ')}, for example duplicate-notify=0.1.`,
      )
    }
    faults[name] = probability
  }
  return faults
}

/** Whether the fault strikes this time. */
export const strikes = (faults: Faults, name: FaultName, random: () => number): boolean =>
  random() < (faults[name] ?? 0)
