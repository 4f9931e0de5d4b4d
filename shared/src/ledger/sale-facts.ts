/**
 * The facts that a sale's posting is made from, and the hash that its journal carries of them:
 * docs/wire/posting-batch.md.
 */
import { utf8 } from '../bytes/bytes.ts'
import { encodeCbor } from '../bytes/cbor.ts'
import { sha256 } from '../crypto/crypto.ts'

export type SaleFacts = {
  saleId: string
  orderId: string
  /** The account that the payment company owes on. */
  receivable: string
  amountMinor: bigint
  currency: string
  /** The time the sale counts as made at, Unix ms. */
  atMs: number
}

const DOMAIN = utf8('tillproof/sale-facts/v1\n')

/** 32 bytes: a journal's payload hash. */
export function saleFactsHash(facts: SaleFacts): Uint8Array {
  const { saleId, orderId, receivable, amountMinor, currency, atMs } = facts
  return sha256(DOMAIN, encodeCbor([1, saleId, orderId, receivable, amountMinor, currency, atMs]))
}

/** A journal's business id says which sale it books; undefined for other business. */
export function saleOfBusinessId(businessId: string): string | undefined {
  return businessId.startsWith(PREFIX) ? businessId.slice(PREFIX.length) : undefined
}

export const businessIdOfSale = (saleId: string): string => `${PREFIX}${saleId}`

const PREFIX = 'sale:'
