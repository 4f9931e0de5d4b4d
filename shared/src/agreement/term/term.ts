/**
 * The terms an agreement can have: a closed union, one file each. A term has a name, by which the
 * script knows what it asks for, an account that it asks for, and its figures; some remember.
 */
import { z } from 'zod'
import { channelFees } from '../account-path.ts'
import type { Ask, Asking, Memory } from './asking.ts'
import { askCashTrap, cashTrap } from './cash-trap.ts'
import { askGoods, goods } from './goods.ts'
import { askGuarantorCall, guarantorCall } from './guarantor-call.ts'
import { askPaymentFee, paymentFee } from './payment-fee.ts'
import { askPlatformFee, platformFee } from './platform-fee.ts'
import { termsOfRate } from './rate.ts'
import { askReserve, reserve } from './reserve.ts'
import { askShare, share } from './share.ts'
import { askSiteShare, siteShare, siteShareMemory } from './site-share.ts'
import { askSweep, sweep, sweepMemory } from './sweep.ts'
import { askTiers, tiers, tiersMemory } from './tiers.ts'

export const term = z.discriminatedUnion('kind', [
  paymentFee,
  platformFee,
  goods,
  share,
  siteShare,
  tiers,
  sweep,
  reserve,
  cashTrap,
  guarantorCall,
])
export type Term = z.infer<typeof term>

/** The account a term asks for; the payment company's is that of the sale's channel. */
export const accountOf = (each: Term, channel: string): string =>
  each.kind === 'payment-fee' ? channelFees(channel) : each.account

/** How a term counts over periods; null where each sale stands for itself. */
export function memoryOf(each: Term, utcOffsetMinutes: number): Memory | null {
  switch (each.kind) {
    case 'site-share':
      return siteShareMemory(each)
    case 'tiers':
      return tiersMemory(each)
    case 'sweep':
      return isPlain(each) ? null : sweepMemory(each, utcOffsetMinutes)
    default:
      return null
  }
}

const isPlain = ({ minimum, holidays }: Extract<Term, { kind: 'sweep' }>): boolean =>
  minimum === null && holidays.length === 0

/** What a term asks of one sale, in minor units; never negative. */
export function ask(each: Term, asking: Asking, utcOffsetMinutes: number): Ask {
  switch (each.kind) {
    case 'payment-fee':
      return askPaymentFee(each, asking)
    case 'platform-fee':
      return askPlatformFee(each, asking)
    case 'goods':
      return askGoods(each, asking)
    case 'share':
      return askShare(each, asking)
    case 'site-share':
      return askSiteShare(each, asking)
    case 'tiers':
      return askTiers(each, asking)
    case 'sweep':
      return askSweep(each, asking, sweepMemory(each, utcOffsetMinutes))
    case 'reserve':
      return askReserve(each, asking)
    case 'cash-trap':
      return askCashTrap(each, asking)
    case 'guarantor-call':
      return askGuarantorCall(each, asking)
  }
}

/** Names of terms that a term looks at: they have to stand before it. */
export function looksAt(each: Term): string[] {
  switch (each.kind) {
    case 'share':
      return each.after
    case 'sweep':
      return termsOfRate(each.rate)
    case 'cash-trap':
      return [each.watches]
    case 'guarantor-call':
      return [each.of, each.from]
    default:
      return []
  }
}

/** Whether what a term asks depends on the book, and not on the sale alone. */
export function readsBook(each: Term): boolean {
  const isCapped = 'capMinor' in each && each.capMinor !== null
  const always = ['site-share', 'tiers', 'reserve', 'cash-trap', 'guarantor-call']
  return isCapped || always.includes(each.kind) || memoryOf(each, 0) !== null
}
