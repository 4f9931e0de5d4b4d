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

export type RefundFacts = {
  refundId: string
  /** Null for a payment that bought nothing. */
  saleId: string | null
  orderId: string
  /** The account that the payment company paid it out of. */
  receivable: string
  amountMinor: bigint
  currency: string
}

const REFUND_DOMAIN = utf8('tillproof/refund-facts/v1\n')

/** 32 bytes: payload hash of a refund's journal. */
export function refundFactsHash(facts: RefundFacts): Uint8Array {
  const { refundId, saleId, orderId, receivable, amountMinor, currency } = facts
  const fields = [1, refundId, saleId, orderId, receivable, amountMinor, currency]
  return sha256(REFUND_DOMAIN, encodeCbor(fields))
}

/** Names the sale that it takes back from; of a payment that bought nothing, only the refund. */
export const businessIdOfRefund = (refundId: string, saleId: string | null): string =>
  saleId === null ? `refund:${refundId}` : `refund:${refundId}:sale:${saleId}`

/** What a journal's business id says is refunded; undefined for other business. */
export function bookedRefund(
  businessId: string,
): { refundId: string; saleId: string | null } | undefined {
  const [, refundId, saleId = null] = /^refund:([^:]+)(?::sale:(.+))?$/.exec(businessId) ?? []
  return refundId === undefined ? undefined : { refundId, saleId }
}
