/**
 * The rule of a transfer of a participation as the cloud shows it: its hash is an `agreement` leaf
 * of the log, both sides have signed it, the giver with a key by which it came to its units.
 */
import type { SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import {
  type Transfer,
  transferHash,
  transferTypedData,
} from '@tillproof/shared/agreement/transfer.ts'
import type { TransferDocument } from '@tillproof/shared/api/agreements.ts'
import { hashTypedData } from 'viem'
import { type AgreementFault, type AgreementRules, faulty, speaksFrom } from './agreement-rule.ts'
import { isSignedBy } from './signature.ts'

/** What is proven of an agreement before the transfer: any version's terms, and earlier ones. */
export type TransferBasis = {
  terms: readonly AgreementTerms[]
  known: readonly SignedTransfer[]
}

export async function judgeTransfer(
  { cloudName, leafOf }: AgreementRules,
  { terms, known }: TransferBasis,
  { transfer, signatures, effectiveFrom }: TransferDocument,
): Promise<{ transfer: SignedTransfer } | { fault: AgreementFault }> {
  const leaf = leafOf(transferHash(transfer))
  if (leaf === undefined) return faulty('unlogged-agreement', 'the transfer is not in the log')
  if (!keysOf(transfer, { terms, known }).includes(transfer.fromSigner)) {
    return faulty('unsigned-agreement', 'its giver signs with a key that holds no units')
  }
  const digest = hashTypedData(transferTypedData(transfer, cloudName))
  const sides = [
    [transfer.fromId, transfer.fromSigner],
    [transfer.toId, transfer.toSigner],
  ] as const
  for (const [side, signer] of sides) {
    const given = signatures.find(each => each.organisationId === side)?.signature
    if (given === undefined || !(await isSignedBy(digest, given, signer))) {
      return faulty('unsigned-agreement', `${side} has not signed the transfer`)
    }
  }
  const effectiveFromMs = speaksFrom(transfer.validFromMs, leaf, effectiveFrom)
  if (effectiveFromMs === undefined) {
    return faulty('swapped-agreement', `it is said to count from ${effectiveFrom}, logged before`)
  }
  return { transfer: { transfer, effectiveFromMs } }
}

/** Of the terms, or of transfers to the giver. */
function keysOf({ fromId, account }: Transfer, { terms, known }: TransferBasis): string[] {
  const parties = terms.flatMap(each => each.parties.filter(one => one.organisationId === fromId))
  const taken = known.filter(
    ({ transfer }) => transfer.toId === fromId && transfer.account === account,
  )
  return [...parties.map(({ signer }) => signer), ...taken.map(each => each.transfer.toSigner)]
}
