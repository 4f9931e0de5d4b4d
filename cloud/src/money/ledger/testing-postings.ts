/** Postings for tests of the writer, leg by leg. */
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { sha256 } from '@tillproof/shared/crypto/crypto.ts'
import type { JournalLeg } from '@tillproof/shared/ledger/posting-batch.ts'
import type { JournalDraft } from './book.ts'
import type { PostingSource } from './draft-batch.ts'

export const leg = (
  side: 'debit' | 'credit',
  account: string,
  amountMinor: bigint,
  phase: JournalLeg['phase'] = 'posted',
): JournalLeg => ({ side, account, amountMinor, phase, currency: 'CNY' })
const draftOf = (...legs: JournalLeg[]): JournalDraft => ({
  kind: 'sale',
  deviceId: null,
  sourceAtMs: 1_760_000_000_000,
  agreement: null,
  legs,
})
export const sourceOf = (businessId: string, ...legs: JournalLeg[]): PostingSource => ({
  businessId,
  payloadHash: sha256(utf8(businessId)),
  currency: 'CNY',
  draft: () => draftOf(...legs),
})
/** What a payment company collected for party x. */
export const taking = (businessId: string, amount: bigint): PostingSource =>
  sourceOf(
    businessId,
    leg('debit', 'psp:sandbox:receivable', amount),
    leg('credit', 'party:x:share', amount),
  )
