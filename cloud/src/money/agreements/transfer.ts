/**
 * Transfers of participations: offered by one of the sides or the operator, signed by both sides
 * with their own keys, in effect from the later of its own time and the last signature. Its hash
 * goes into the cloud's log beside those of the agreements.
 */
import {
  holdersAt,
  participationOf,
  type SignedTransfer,
} from '@tillproof/shared/agreement/register.ts'
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import {
  type Transfer,
  transferHash,
  transferTypedData,
} from '@tillproof/shared/agreement/transfer.ts'
import type { TransferDocument } from '@tillproof/shared/api/agreements.ts'
import { stageLeaf } from '../../evidence/log/store.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { AgreementsDeps, Signer } from './agreement.ts'
import { isSignedBy } from './signature.ts'
import { lockVersions, newestSignedAnywhere } from './store.ts'
import * as store from './transfer-store.ts'

export type TransferRefusal =
  | 'unknown'
  | 'not-a-side'
  | 'no-participation'
  | 'organisation-unknown'
  | 'other-key'
  | 'too-few-units'
  | 'same-side'
  | 'transfer-taken'
  | 'wrong-signature'
  | 'signed-already'
export type TransferResult = { ok: true; transfer: TransferDocument } | { refused: TransferRefusal }

/** Keeps a transfer as one of its sides, or the operator, offers it. */
export async function offerTransfer(
  { db }: AgreementsDeps,
  transfer: Transfer,
  by: Signer,
): Promise<TransferResult> {
  return db.withSystem(async tx => {
    const terms = await newestSignedAnywhere(tx, transfer.agreementId)
    if (terms === undefined) return { refused: 'unknown' }
    const sides = [transfer.fromId, transfer.toId]
    if (![...sides, terms.bookId].includes(by.organisationId)) return { refused: 'not-a-side' }
    const known = await store.signedTransfers(tx, terms.bookId)
    const refused = await refuseOffer(tx, terms, known, transfer)
    if (refused !== undefined) return { refused }
    const kept = await store.insertTransfer(tx, {
      operatorId: terms.bookId,
      transfer,
      partyIds: partiesOf(terms, transfer),
      proposedBy: by.userId,
    })
    const found = await store.findTransfer(tx, transfer.transferId)
    return kept && found ? { ok: true, transfer: found.document } : { refused: 'transfer-taken' }
  })
}

/** Takes a side's signature; with the second the units are the taker's from then on. */
export async function signTransfer(
  deps: AgreementsDeps,
  transferId: string,
  signature: string,
  by: Signer,
): Promise<TransferResult> {
  const seen = await deps.db.withTenant(by.organisationId, tx => store.findTransfer(tx, transferId))
  if (seen === undefined) return { refused: 'unknown' }
  const { transfer, missing } = seen.document
  if (![transfer.fromId, transfer.toId].includes(by.organisationId)) {
    return { refused: 'not-a-side' }
  }
  if (!missing.includes(by.organisationId)) return { refused: 'signed-already' }
  const signer = transfer.fromId === by.organisationId ? transfer.fromSigner : transfer.toSigner
  const typed = transferTypedData(transfer, deps.cloudName)
  if (!(await isSignedBy(typed, signer, signature))) return { refused: 'wrong-signature' }
  return deps.db.withSystem(tx => keepSignature(tx, deps, transfer, { ...by, signature }))
}

async function refuseOffer(
  tx: Tx,
  terms: AgreementTerms,
  known: readonly SignedTransfer[],
  transfer: Transfer,
): Promise<TransferRefusal | undefined> {
  const register = participationOf(terms, transfer.account)
  if (register === undefined) return 'no-participation'
  if (transfer.fromId === transfer.toId) return 'same-side'
  const taker = await tx.query('select from organisations where id = $1', [transfer.toId])
  if (taker.length === 0) return 'organisation-unknown'
  if (!keysOf(terms, known, transfer).includes(transfer.fromSigner)) return 'other-key'
  return holds(terms, known, transfer) ? undefined : 'too-few-units'
}

/** Keys by which the giver came to its units: of the terms, or of transfers to it. */
function keysOf(
  terms: AgreementTerms,
  known: readonly SignedTransfer[],
  { fromId, account }: Transfer,
): string[] {
  const party = terms.parties.find(each => each.organisationId === fromId)
  const taken = known.filter(
    each => each.transfer.toId === fromId && each.transfer.account === account,
  )
  return [...(party ? [party.signer] : []), ...taken.map(each => each.transfer.toSigner)]
}

/** Whether the giver has the units left when all that was signed has taken effect. */
function holds(terms: AgreementTerms, known: readonly SignedTransfer[], offered: Transfer) {
  const register = participationOf(terms, offered.account)
  if (register === undefined) return false
  const latest = known.map(each => each.effectiveFromMs)
  return [offered.validFromMs, ...latest]
    .filter(atMs => atMs >= offered.validFromMs)
    .every(atMs => {
      const holders = holdersAt(register, offered.agreementId, known, atMs)
      const held = holders.find(each => each.partyId === offered.fromId)?.units ?? 0n
      return held >= BigInt(offered.units)
    })
}

async function keepSignature(
  tx: Tx,
  { clock }: AgreementsDeps,
  transfer: Transfer,
  by: Signer & { signature: string },
): Promise<TransferResult> {
  await lockVersions(tx, transfer.agreementId)
  const terms = await newestSignedAnywhere(tx, transfer.agreementId)
  if (terms === undefined) return { refused: 'unknown' }
  const signedAt = new Date(clock())
  const effectiveFrom = new Date(Math.max(transfer.validFromMs, signedAt.getTime()))
  const known = await store.signedTransfers(tx, terms.bookId)
  const due = { ...transfer, validFromMs: effectiveFrom.getTime() }
  if (!holds(terms, known, due)) return { refused: 'too-few-units' }
  await store.insertTransferSignature(tx, {
    operatorId: terms.bookId,
    transferId: transfer.transferId,
    organisationId: by.organisationId,
    partyIds: partiesOf(terms, transfer),
    signature: by.signature.toLowerCase(),
    signedBy: by.userId,
    signedAt,
  })
  const after = await store.findTransfer(tx, transfer.transferId)
  if (after === undefined) return { refused: 'unknown' }
  const { document } = after
  if (document.missing.length > 0 || document.effectiveFrom !== null) {
    return { ok: true, transfer: document }
  }
  await store.setTransferEffective(tx, transfer.transferId, effectiveFrom)
  const ref = `transfer.${transfer.transferId}`
  await stageLeaf(tx, { type: 'agreement', body: transferHash(transfer), ref })
  return { ok: true, transfer: { ...document, effectiveFrom: effectiveFrom.toISOString() } }
}

const partiesOf = (terms: AgreementTerms, { fromId, toId }: Transfer): string[] => [
  ...new Set([...terms.parties.map(each => each.organisationId), fromId, toId]),
]
