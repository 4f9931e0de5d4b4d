/**
 * What a transfer of a participation says, as it is signed and sent. Its hash and typed data are
 * elsewhere, so that who only reads transfers needs no cryptography.
 */
import { z } from 'zod'
import { id } from '../api/fields.ts'
import { agreedAccount } from './term/fields.ts'
import { signerAddress } from './terms.ts'

export const transfer = z.strictObject({
  /** Random, so that the hash tells nothing. */
  transferId: id,
  agreementId: id,
  account: agreedAccount,
  fromId: id,
  toId: id,
  units: z.number().int().min(1).max(1_000_000_000),
  /** First moment whose sales pay the new holder, milliseconds since 1970 UTC. */
  validFromMs: z.number().int().min(0).max(8_640_000_000_000_000),
  /** Keys of both sides; the giver's is the one by which it came to its units. */
  fromSigner: signerAddress,
  toSigner: signerAddress,
})
export type Transfer = z.infer<typeof transfer>
