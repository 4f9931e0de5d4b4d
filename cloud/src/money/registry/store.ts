/** SQL of registrations. Every transition names the state it leaves, so none runs twice. */
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { Registration as ShownRegistration } from '@tillproof/shared/api/registrations.ts'
import { fromHex, toHex } from '@tillproof/shared/bytes/hex.ts'
import type { Hash, Hex } from 'viem'
import type { AnchorState } from '../../evidence/anchor/anchor.ts'
import type { Receipt, SignedTransaction } from '../../evidence/anchor/chain.ts'
import type { Tx } from '../../platform/db/db.ts'

/** One on its way, with the transaction that carries it. */
export type Registration = {
  id: bigint
  agreementId: string
  version: number
  digest: Hex
  nonce: number
  gasPrice: bigint
  raw: Hex
  hashes: Hash[]
  state: AnchorState
  block: bigint | null
  blockHash: Hash | null
  sentAtMs: number | null
}

type RegistrationRow = {
  id: bigint
  agreement_id: string
  version: number
  digest: Buffer
  nonce: bigint
  gas_price: string
  raw_transaction: Hex
  transaction_hashes: Hash[]
  state: AnchorState
  block_number: bigint | null
  block_hash: Hash | null
  sent_at: Date | null
}

/** The registration of this contract that is on its way, if any. */
export async function registrationOnItsWay(
  tx: Tx,
  contractId: bigint,
): Promise<Registration | undefined> {
  const [row] = await tx.query<RegistrationRow>(
    `select id, agreement_id, version, digest, nonce, gas_price::text as gas_price,
       raw_transaction, transaction_hashes, state, block_number, block_hash, sent_at
     from agreement_registrations
     where contract_id = $1 and state in ('submitted', 'mined')`,
    [contractId],
  )
  return row && registrationOf(row)
}

/** A fully signed version with its signatures in the order of its parties. */
export type SignedVersion = { terms: AgreementTerms; signatures: Hex[] }

/** The oldest version in force that the contract is not known to hold. */
export async function versionToRegister(
  tx: Tx,
  contractId: bigint,
  retryAfterMs: number,
): Promise<SignedVersion | undefined> {
  const [row] = await tx.query<{ terms: AgreementTerms; signers: string[]; given: Hex[] }>(
    `select a.terms, s.signers, s.given from agreements a
       join lateral (
         select array_agg(organisation_id::text) as signers, array_agg(signature) as given
           from agreement_signatures s
          where s.operator_id = a.operator_id and s.agreement_id = a.agreement_id
            and s.version = a.version
       ) s on true
      where a.effective_from is not null
        and not exists (select from agreement_registrations r
          where r.contract_id = $1 and r.operator_id = a.operator_id
            and r.agreement_id = a.agreement_id and r.version = a.version
            and (r.state <> 'failed' or r.submitted_at > now() - $2 * interval '1 millisecond'))
      order by a.effective_from, a.agreement_id, a.version limit 1`,
    [contractId, retryAfterMs],
  )
  if (row === undefined) return undefined
  const { terms, signers, given } = row
  const of = (organisationId: string) => given[signers.indexOf(organisationId)] ?? '0x'
  return { terms, signatures: terms.parties.map(party => of(party.organisationId)) }
}

export type NewRegistration = { contractId: bigint; terms: AgreementTerms; digest: Hex }

/** Another process may have been first; then nothing is added. */
export async function addRegistration(
  tx: Tx,
  registration: NewRegistration,
  signed: SignedTransaction,
): Promise<void> {
  await tx.query(
    `insert into agreement_registrations (contract_id, operator_id, agreement_id, version,
       party_ids, digest, nonce, gas_price, raw_transaction, transaction_hashes, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, array[$10], 'submitted')
     on conflict do nothing`,
    [...valuesOf(registration), signed.nonce, signed.gasPrice.toString(), signed.raw, signed.hash],
  )
}

export type Standing = { transaction: Hash; block: bigint; blockHash: Hash }

/** It stood there already; `where` is absent when the node does not know any more. */
export async function addStanding(
  tx: Tx,
  registration: NewRegistration,
  where: Standing | undefined,
): Promise<void> {
  await tx.query(
    `insert into agreement_registrations (contract_id, operator_id, agreement_id, version,
       party_ids, digest, state, final_at, block_number, block_hash, mined_transaction)
     values ($1, $2, $3, $4, $5, $6, 'final', now(), $7, $8, $9) on conflict do nothing`,
    [
      ...valuesOf(registration),
      where?.block.toString() ?? null,
      where?.blockHash ?? null,
      where?.transaction ?? null,
    ],
  )
}

export async function addRefused(
  tx: Tx,
  registration: NewRegistration,
  failure: string,
): Promise<void> {
  await tx.query(
    `insert into agreement_registrations (contract_id, operator_id, agreement_id, version,
       party_ids, digest, state, failure)
     values ($1, $2, $3, $4, $5, $6, 'failed', $7)`,
    [...valuesOf(registration), failure],
  )
}

const valuesOf = ({ contractId, terms, digest }: NewRegistration): unknown[] => [
  contractId,
  terms.bookId,
  terms.agreementId,
  terms.version,
  terms.parties.map(party => party.organisationId),
  fromHex(digest.slice(2)),
]

export async function setSent(tx: Tx, id: bigint): Promise<void> {
  await tx.query('update agreement_registrations set sent_at = now() where id = $1', [id])
}

/** Same nonce, higher price: saved before it is sent, like the first one. */
export async function setBumped(tx: Tx, id: bigint, signed: SignedTransaction): Promise<void> {
  await tx.query(
    `update agreement_registrations set raw_transaction = $2, gas_price = $3, sent_at = null,
       transaction_hashes = transaction_hashes || $4
     where id = $1 and state = 'submitted' and not $4 = any (transaction_hashes)`,
    [id, signed.raw, signed.gasPrice.toString(), signed.hash],
  )
}

export async function setMined(tx: Tx, id: bigint, receipt: Receipt): Promise<void> {
  await tx.query(
    `update agreement_registrations
        set state = 'mined', block_number = $2, block_hash = $3, mined_transaction = $4
      where id = $1 and state in ('submitted', 'mined')`,
    [id, receipt.block.toString(), receipt.blockHash, receipt.hash],
  )
}

export async function setUnmined(tx: Tx, id: bigint): Promise<void> {
  await tx.query(
    `update agreement_registrations
        set state = 'submitted', block_number = null, block_hash = null, mined_transaction = null,
            sent_at = null
      where id = $1 and state = 'mined'`,
    [id],
  )
}

export async function setFinal(tx: Tx, id: bigint): Promise<void> {
  await tx.query(
    `update agreement_registrations set state = 'final', final_at = now()
      where id = $1 and state = 'mined'`,
    [id],
  )
}

export async function setFailed(tx: Tx, id: bigint, reason: string): Promise<void> {
  await tx.query(
    `update agreement_registrations set state = 'failed', failure = $2, final_at = null
      where id = $1 and state <> 'failed'`,
    [id, reason],
  )
}

export type FinalRegistration = {
  id: bigint
  agreementId: string
  version: number
  digest: Hex
  block: bigint | null
}

export async function newestFinal(
  tx: Tx,
  contractId: bigint,
): Promise<FinalRegistration | undefined> {
  const [row] = await tx.query<RegistrationRow>(
    `select * from agreement_registrations
      where contract_id = $1 and state = 'final'
      order by block_number desc nulls last, id desc limit 1`,
    [contractId],
  )
  return row && { ...nameOf(row), id: row.id, block: row.block_number }
}

/** What became of a version, in the contract in use: as this transaction may see it. */
export async function findRegistration(
  tx: Tx,
  agreementId: string,
  version: number,
): Promise<ShownRegistration | null> {
  const [row] = await tx.query<{
    chain_id: bigint
    contract: string
    state: AnchorState
    mined_transaction: string | null
    newest: string | null
    block_number: bigint | null
    failure: string | null
  }>(
    `select c.chain_id, lower(c.address) as contract, r.state, r.mined_transaction,
            r.transaction_hashes[cardinality(r.transaction_hashes)] as newest, r.block_number,
            r.failure
       from agreement_registrations r join anchor_contracts c on c.id = r.contract_id
      where r.agreement_id = $1 and r.version = $2 and c.state <> 'lost'
      order by r.id desc limit 1`,
    [agreementId, version],
  )
  if (row === undefined) return null
  return {
    chainId: Number(row.chain_id),
    contract: row.contract,
    state: row.state,
    transaction: row.mined_transaction ?? row.newest,
    block: row.block_number === null ? null : Number(row.block_number),
    failure: row.failure,
  }
}

const nameOf = ({ agreement_id, version, digest }: RegistrationRow) => ({
  agreementId: agreement_id,
  version,
  digest: `0x${toHex(digest)}` as Hex,
})

function registrationOf(row: RegistrationRow): Registration {
  return {
    ...nameOf(row),
    id: row.id,
    nonce: Number(row.nonce),
    gasPrice: BigInt(row.gas_price),
    raw: row.raw_transaction,
    hashes: row.transaction_hashes,
    state: row.state,
    block: row.block_number,
    blockHash: row.block_hash,
    sentAtMs: row.sent_at === null ? null : row.sent_at.getTime(),
  }
}
