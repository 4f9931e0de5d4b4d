/** SQL of transfers of participations and their signatures. */
import type { SignedTransfer } from '@tillproof/shared/agreement/register.ts'
import { type Transfer, transferHash } from '@tillproof/shared/agreement/transfer.ts'
import type { TransferDocument } from '@tillproof/shared/api/agreements.ts'
import { toHex } from '@tillproof/shared/bytes/hex.ts'
import type { Tx } from '../../platform/db/db.ts'

export type NewTransfer = {
  operatorId: string
  transfer: Transfer
  partyIds: readonly string[]
  proposedBy: string
}

/** Keeps a transfer as it is offered; false when its id is taken. */
export async function insertTransfer(tx: Tx, offered: NewTransfer): Promise<boolean> {
  const { operatorId, transfer, partyIds, proposedBy } = offered
  const rows = await tx.query(
    `insert into transfers (operator_id, transfer_id, agreement_id, document, hash, party_ids,
       proposed_by)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning transfer_id`,
    [
      operatorId,
      transfer.transferId,
      transfer.agreementId,
      JSON.stringify(transfer),
      transferHash(transfer),
      partyIds,
      proposedBy,
    ],
  )
  return rows.length === 1
}

type TransferRow = {
  operatorId: string
  document: Transfer
  hash: Buffer
  proposedAt: Date
  effectiveFrom: Date | null
  signatures: { organisationId: string; signature: string; signedAt: string }[]
}

const TRANSFER = `
  select t.operator_id as "operatorId", t.document, t.hash, t.proposed_at as "proposedAt",
         t.effective_from as "effectiveFrom",
         coalesce((select jsonb_agg(jsonb_build_object('organisationId', s.organisation_id,
             'signature', s.signature, 'signedAt', s.signed_at) order by s.signed_at)
           from transfer_signatures s where s.transfer_id = t.transfer_id), '[]') as signatures
    from transfers t`

/** Transfers of an agreement that this transaction may see, oldest first. */
export async function listTransfers(tx: Tx, agreementId: string): Promise<TransferDocument[]> {
  const rows = await tx.query<TransferRow>(
    `${TRANSFER} where t.agreement_id = $1 order by t.proposed_at, t.transfer_id limit 1000`,
    [agreementId],
  )
  return rows.map(toDocument)
}

/** One transfer and whose book it is of, if this transaction may see it. */
export async function findTransfer(
  tx: Tx,
  transferId: string,
): Promise<{ operatorId: string; document: TransferDocument } | undefined> {
  const [row] = await tx.query<TransferRow>(`${TRANSFER} where t.transfer_id = $1`, [transferId])
  return row && { operatorId: row.operatorId, document: toDocument(row) }
}

/** All transfers of a book that both sides have signed. */
export async function signedTransfers(tx: Tx, operatorId: string): Promise<SignedTransfer[]> {
  const rows = await tx.query<{ document: Transfer; effectiveFrom: Date }>(
    `select document, effective_from as "effectiveFrom" from transfers
      where operator_id = $1 and effective_from is not null`,
    [operatorId],
  )
  return rows.map(row => ({
    transfer: row.document,
    effectiveFromMs: row.effectiveFrom.getTime(),
  }))
}

export type NewTransferSignature = {
  operatorId: string
  transferId: string
  organisationId: string
  partyIds: readonly string[]
  signature: string
  signedBy: string
  signedAt: Date
}

export async function insertTransferSignature(tx: Tx, each: NewTransferSignature): Promise<void> {
  await tx.query(
    `insert into transfer_signatures (operator_id, transfer_id, organisation_id, party_ids,
       signature, signed_by, signed_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [
      each.operatorId,
      each.transferId,
      each.organisationId,
      each.partyIds,
      each.signature,
      each.signedBy,
      each.signedAt,
    ],
  )
}

export async function setTransferEffective(tx: Tx, transferId: string, from: Date): Promise<void> {
  await tx.query(
    'update transfers set effective_from = $2 where transfer_id = $1 and effective_from is null',
    [transferId, from],
  )
}

function toDocument(row: TransferRow): TransferDocument {
  const signed = row.signatures.map(each => each.organisationId)
  const sides = [row.document.fromId, row.document.toId]
  return {
    transfer: row.document,
    hash: toHex(row.hash),
    proposedAt: row.proposedAt.toISOString(),
    signatures: row.signatures.map(each => ({
      ...each,
      signedAt: new Date(each.signedAt).toISOString(),
    })),
    missing: sides.filter(side => !signed.includes(side)),
    effectiveFrom: row.effectiveFrom?.toISOString() ?? null,
  }
}
