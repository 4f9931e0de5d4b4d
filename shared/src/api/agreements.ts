/**
 * Agreements as the HTTP API shows them: the terms, who has signed, from when they speak; what is
 * wrong with a draft, what it would have paid, and who holds its participations.
 */
import { z } from 'zod'
import { agreementTerms } from '../agreement/terms.ts'
import { transfer } from '../agreement/transfer-terms.ts'
import { amountMinor, id, instant } from './fields.ts'

/** A proposal is the whole terms; id and version are chosen by who proposes. */
export const newAgreement = agreementTerms

export const agreementSignature = z.object({
  organisationId: id,
  signer: z.string(),
  signature: z.string(),
  signedAt: instant,
})
/** 65 bytes r, s, v as hex: what EIP-712 wallets and viem's `signTypedData` answer. */
const signature = z.string().regex(/^0x[0-9a-fA-F]{130}$/)
export const newSignature = z.strictObject({ version: z.number().int().min(1), signature })
export const agreement = z.object({
  id,
  version: z.number().int(),
  terms: agreementTerms,
  /** SHA-256 of the specified bytes, docs/wire/agreement.md. */
  hash: z.string(),
  proposedAt: instant,
  signatures: z.array(agreementSignature),
  /** Organisations whose signature is still missing. */
  missing: z.array(id),
  /** From when it splits sales; null until the last party has signed. */
  effectiveFrom: instant.nullable(),
})

/** What is wrong with a draft; nothing for one that can be proposed. */
export const agreementCheck = z.object({
  faults: z.array(z.object({ code: z.string(), message: z.string() })),
})

/** Sales from the one moment to before the other, at most 366 days. */
export const newPreview = z.strictObject({
  terms: agreementTerms,
  from: instant,
  until: instant,
})
/** What a draft would have paid for sales of the past, from an empty book. */
export const agreementPreview = z.object({
  sales: z.number().int(),
  /** Whether there were more sales than are looked at. */
  isCut: z.boolean(),
  grossMinor: amountMinor,
  terms: z.array(
    z.object({
      term: z.string().nullable(),
      account: z.string(),
      requestedMinor: amountMinor,
      paidMinor: amountMinor,
      shortfallMinor: amountMinor,
    }),
  ),
  accounts: z.array(z.object({ account: z.string(), partyId: id.nullable(), amountMinor })),
  refused: z.array(z.object({ reason: z.string(), sales: z.number().int() })),
})

export const newTransfer = transfer
export const newTransferSignature = z.strictObject({ signature })
export const transferDocument = z.object({
  transfer,
  /** SHA-256 of the specified bytes, docs/wire/agreement.md. */
  hash: z.string(),
  proposedAt: instant,
  signatures: z.array(z.object({ organisationId: id, signature: z.string(), signedAt: instant })),
  missing: z.array(id),
  effectiveFrom: instant.nullable(),
})

export type Agreement = z.infer<typeof agreement>
export type AgreementSignature = z.infer<typeof agreementSignature>
export type AgreementPreview = z.infer<typeof agreementPreview>
export type TransferDocument = z.infer<typeof transferDocument>
