/** Agreements as the HTTP API shows them: the terms, who has signed, from when they speak. */
import { z } from 'zod'
import { agreementTerms } from '../agreement/terms.ts'
import { id, instant } from './fields.ts'

/** A proposal is the whole terms; id and version are chosen by who proposes. */
export const newAgreement = agreementTerms

export const agreementSignature = z.object({
  organisationId: id,
  signer: z.string(),
  signature: z.string(),
  signedAt: instant,
})
/** 65 bytes r, s, v as hex: what EIP-712 wallets and viem's `signTypedData` answer. */
export const newSignature = z.strictObject({
  version: z.number().int().min(1),
  signature: z.string().regex(/^0x[0-9a-fA-F]{130}$/),
})
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

export type Agreement = z.infer<typeof agreement>
export type AgreementSignature = z.infer<typeof agreementSignature>
