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

const FROM_SUSPENSE_DOMAIN = utf8('tillproof/from-suspense/v1\n')

/** Payload hash of the journal that splits afterwards what waited in suspense. */
export const fromSuspenseHash = (saleFacts: Uint8Array): Uint8Array =>
  sha256(FROM_SUSPENSE_DOMAIN, saleFacts)

export const businessIdOfSale = (saleId: string): string => `sale:${saleId}`
/** Names the journal that it corrects. */
export const businessIdFromSuspense = (saleId: string): string => `from-suspense:sale:${saleId}`

/** What a journal's business id says that it books; undefined for other business. */
export function bookedSale(
  businessId: string,
): { saleId: string; isFromSuspense: boolean } | undefined {
  const match = /^(from-suspense:)?sale:(.+)$/.exec(businessId)
  const [, prefix, saleId] = match ?? []
  return saleId === undefined ? undefined : { saleId, isFromSuspense: prefix !== undefined }
}
