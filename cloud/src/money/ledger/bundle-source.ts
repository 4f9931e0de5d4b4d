/**
 * What the ledger gives to a proof bundle: the sale's journal, its path in the batch's tree, the
 * batch's header and the terms. The other journals of the batch stay hidden behind their hashes.
 */

import { agreementHash } from '@tillproof/shared/agreement/canonical.ts'
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { fromHex } from '@tillproof/shared/bytes/hex.ts'
import { parseSaleId } from '@tillproof/shared/ids.ts'
import {
  batchHeaderBytes,
  journalBytes,
  journalHash,
} from '@tillproof/shared/ledger/posting-batch.ts'
import { leafReader } from '@tillproof/shared/merkle/leaves.ts'
import { inclusionProof } from '@tillproof/shared/merkle/proof.ts'
import type { BundleSources, SaleClearing } from '../../evidence/bundles/bundle.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { findVersion } from '../agreements/store.ts'
import {
  type BookedJournal,
  findJournal,
  findOperator,
  readBatches,
  readJournals,
} from './reading.ts'

/** For `BundleSources.clearing`: null while a sale is not cleared, in suspense, or not visible. */
export function clearingSource(db: Db): BundleSources['clearing'] {
  return async (tx, saleId) => {
    const operatorId = parseSaleId(saleId) && (await findOperator(tx, saleId))
    const journal = operatorId && (await findJournal(tx, operatorId, `sale:${saleId}`))
    if (!journal) return null
    const terms = await termsOf(tx, journal)
    // The asker has seen the journal; its neighbours are read as the system, for their hashes only.
    return terms === null ? null : db.withSystem(system => proveJournal(system, journal, terms))
  }
}

async function termsOf(
  tx: Tx,
  { agreement }: BookedJournal,
): Promise<SaleClearing['terms'] | null> {
  if (agreement === null) return null
  const version = await findVersion(tx, agreement.id, agreement.version)
  const hash = fromHex(version?.hash ?? '')
  if (version === undefined || hash === undefined) return null
  return equal(agreementHash(version.terms), hash) ? version.terms : null
}

async function proveJournal(
  tx: Tx,
  journal: BookedJournal,
  terms: SaleClearing['terms'],
): Promise<SaleClearing | null> {
  const [batch] = await readBatches(tx, journal.operatorId, journal.batchSeq, 1)
  if (batch === undefined) return null
  const hashes = (await readJournals(tx, journal.operatorId, batch.seq)).map(journalHash)
  const at = Number(journal.seq - batch.firstJournal)
  return {
    terms,
    journal: journalBytes(journal),
    journalProof: inclusionProof(leafReader(hashes), at, hashes.length),
    batchHeader: batchHeaderBytes(batch),
  }
}
