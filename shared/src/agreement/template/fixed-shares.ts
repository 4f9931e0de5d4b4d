/** Fixed shares of gross: the payment company's fee, each share in turn, the rest to one. */
import { type ChannelFee, compose, feeStep, type Receiver, type Split } from './compose.ts'

export type FixedShares = {
  channels: readonly ChannelFee[]
  shares: readonly (Receiver & {
    name: string
    basisPoints: number
    /** Minor units after which the share takes no more; null is no end. */
    capMinor: string | null
  })[]
  remainder: Receiver
}

export const fixedShares = ({ channels, shares, remainder }: FixedShares): Split =>
  compose(
    [
      feeStep(channels),
      ...shares.map(({ name, account, partyId, basisPoints, capMinor }) => ({
        term: { kind: 'share' as const, name, account, basisPoints, after: [], capMinor },
        partyId,
      })),
    ],
    remainder,
  )
