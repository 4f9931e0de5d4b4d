/**
 * The register of a participation: who holds how many of its units at a time. It begins with the
 * holders of the terms and moves by transfers, each signed by both sides. Units are never made nor
 * lost: a redemption is a transfer to the operator.
 */
import type { AgreementTerms, Participation } from './terms.ts'
import type { Transfer } from './transfer.ts'

/** A transfer that both sides have signed. */
export type SignedTransfer = {
  transfer: Transfer
  /** The later of the time it names and its last signature, milliseconds since 1970 UTC. */
  effectiveFromMs: number
}
export type Holding = { partyId: string; units: bigint }

/**
 * Holders at a moment, by id, none with nothing. A transfer of more than its giver holds at its
 * time moves nothing.
 */
export function holdersAt(
  { account, holders }: Participation,
  agreementId: string,
  transfers: readonly SignedTransfer[],
  atMs: number,
): Holding[] {
  const held = new Map(holders.map(each => [each.partyId, BigInt(each.units)]))
  for (const { transfer } of dueTransfers(transfers, atMs)) {
    if (transfer.agreementId !== agreementId || transfer.account !== account) continue
    const from = held.get(transfer.fromId) ?? 0n
    const units = BigInt(transfer.units)
    if (from < units || transfer.fromId === transfer.toId) continue
    held.set(transfer.fromId, from - units)
    held.set(transfer.toId, (held.get(transfer.toId) ?? 0n) + units)
  }
  return [...held]
    .filter(([, units]) => units > 0n)
    .map(([partyId, units]) => ({ partyId, units }))
    .sort((a, b) => (a.partyId < b.partyId ? -1 : 1))
}

/** In the order in which they took effect; by id where two did at once. */
function dueTransfers(transfers: readonly SignedTransfer[], atMs: number): SignedTransfer[] {
  return transfers
    .filter(each => each.effectiveFromMs <= atMs)
    .sort(
      (a, b) =>
        a.effectiveFromMs - b.effectiveFromMs ||
        (a.transfer.transferId < b.transfer.transferId ? -1 : 1),
    )
}

/** An amount by units: each part rounded down, the units left over one by one to the first. */
export function divide(
  amountMinor: bigint,
  holders: readonly Holding[],
): { partyId: string; amountMinor: bigint }[] {
  const whole = holders.reduce((sum, each) => sum + each.units, 0n)
  const floors = holders.map(each => (amountMinor * each.units) / whole)
  const left = amountMinor - floors.reduce((sum, each) => sum + each, 0n)
  return holders.map(({ partyId }, at) => ({
    partyId,
    amountMinor: (floors[at] ?? 0n) + (BigInt(at) < left ? 1n : 0n),
  }))
}

/** The register of a pool. */
export const participationOf = (
  terms: AgreementTerms,
  account: string,
): Participation | undefined => terms.participations.find(each => each.account === account)
