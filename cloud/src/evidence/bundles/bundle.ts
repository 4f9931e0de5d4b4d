/**
 * Puts a sale's proof bundle together. What the machine said and how the sale was split come from
 * the parts of the cloud that own them, through `BundleSources`, because evidence lies below both.
 */
import type { AgreementTerms } from '@tillproof/shared/agreement/terms.ts'
import type { EventParts } from '@tillproof/shared/event/event.ts'
import type { Tx } from '../../platform/db/db.ts'

/** Events of a machine as it signed them. */
export type DeviceEvidence = {
  /** `<cloud name>/d/<device id>/<epoch>` */
  origin: string
  /** The signed head, as sent, of the first batch that covers all of the events. */
  head: string
  /** The size that head states. */
  size: number
  /** Every event that was asked for, of a sale all so far, oldest first. */
  events: StoredEvent[]
  /** Event 0 of that epoch, which names the machine's evidence key. */
  genesis: EventParts
  /** The subtrees without any of these, from left to right: `subsetProof` of the head's tree. */
  rest: Uint8Array[]
}

/** An event's parts as stored. */
export type StoredEvent = { index: number; parts: EventParts }

/** Events [from, to] of a device's log; what is undefined is the newest there is. */
export type EventRange = {
  deviceId: string
  epoch?: number
  from?: number
  to?: number
  /** How many the bundle can hold. */
  atMost: number
}
/** Called inside the asking tenant's transaction; undefined: no such events, or not to be seen. */
export type RangeSource = (tx: Tx, range: EventRange) => Promise<DeviceEvidence | undefined>

/** How a sale was split: its journal in its batch, and the terms that explain it. */
export type SaleClearing = {
  terms: AgreementTerms
  /** The journal's specified bytes and its path in the batch's own tree. */
  journal: Uint8Array
  journalProof: Uint8Array[]
  /** The specified bytes of the batch's header; their SHA-256 is the posting-batch leaf's body. */
  batchHeader: Uint8Array
}

/** Both are called inside the asking tenant's transaction, so that row-level security applies. */
export type BundleSources = {
  /** Undefined: no such sale, or not one that this tenant may see. */
  deviceEvidence(tx: Tx, saleId: string): Promise<DeviceEvidence | undefined>
  /** Null: not cleared yet, or not for this tenant's eyes. */
  clearing(tx: Tx, saleId: string): Promise<SaleClearing | null>
}
