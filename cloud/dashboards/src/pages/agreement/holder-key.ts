/** The key by which a holder came to its units: the newest transfer's, else the agreement's own. */
import type { SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'

export function keyOf(
  terms: AgreementTerms,
  signed: readonly SignedTransfer[],
  account: string,
  holderId: string,
): string {
  const newest = signed
    .filter(({ transfer }) => transfer.toId === holderId && transfer.account === account)
    .toSorted((a, b) => b.effectiveFromMs - a.effectiveFromMs)[0]
  const party = terms.parties.find(each => each.organisationId === holderId)
  return newest?.transfer.toSigner ?? party?.signer ?? ''
}
