/**
 * What the rest of the agent may ask of the journal.
 * Drivers and sessions see `EventStore` only: facts go in, and an answer comes back when the fact
 * is on the medium. `Journal` adds what sealing, uplink and doctor need.
 */
import type {
  EventKind,
  EventParts,
  OpenEvent,
  SealedEvent,
} from '@tillproof/shared/event/event.ts'

/** Fields of an open event that the caller may set; the journal sets the rest. */
export type EventFields = Omit<
  OpenEvent,
  'kind' | 'index' | 'atMs' | 'monotonicMs' | 'bootId' | 'sale'
>

export type EventDraft = {
  kind: EventKind
  fields?: EventFields
  /**
   * The sale this fact belongs to: `opens` makes this event's own index the sale, `opened` is the
   * sale opened earlier in the same request, a number is the index of the opening event.
   */
  sale?: 'opens' | 'opened' | number
  sealed?: SealedEvent
}

export type AppendRequest = {
  /** In order; may be empty when only state is saved. All or none become durable. */
  events: EventDraft[]
  /** Order id of a one-time voucher; the whole request is refused when it was spent before. */
  spendVoucher?: string
  /** Session state saved in the same transaction, so that it survives a power cut; null deletes. */
  state?: Record<string, string | null>
}

export type AppendedEvent = { index: number; draft: EventDraft }
export type AppendRefusal =
  | 'voucher-spent'
  | 'disk-full'
  /** The log has ended (see LogDeath): sales already begun are still written down, none begins. */
  | 'log-dead'
/**
 * `events` lacks those that were shed: not about money, and too many of their kind in this hour, or
 * the disk runs full. A `gap` event tells of them before the next event that gets in.
 */
export type AppendResult =
  | { ok: true; events: AppendedEvent[]; size: number }
  | { ok: false; refused: AppendRefusal }

/** What came of asking to erase a sealed part. `index` is that of the redaction event. */
export type RedactResult =
  | { ok: true; index: number; size: number }
  | { ok: false; refused: RedactRefusal }
export type RedactRefusal =
  | 'no-such-event'
  /** It never had a sealed part, or has none any more: erased before, or released. */
  | 'nothing-sealed'
  | 'disk-full'

/** `entry` is the 64-byte commitment; `parts` null: released, their time on the machine is over. */
export type StoredEntry = { index: number; entry: Uint8Array; parts: EventParts | null }

/** A fact after its commit, as subscribers get it, in index order and without gaps. */
export type CommittedEvent = { index: number; open: OpenEvent; sealed: SealedEvent | null }

export type EventStore = {
  /**
   * Resolves only after the events are committed and synced to the medium.
   * Throws TillproofError `journal.lock-lost` when another process has taken the journal,
   * `journal.unavailable` when the medium fails: then nothing may be told to the machine.
   */
  append(request: AppendRequest): Promise<AppendResult>
  /** State saved by an earlier append, also by an earlier process. */
  readState(key: string): Promise<string | undefined>
  /** At most `limit` entries from index `from` on, in order; some may have lost their parts. */
  readEntries(from: number, limit: number): Promise<StoredEntry[]>
  /** Number of committed events = index of the next one. */
  size(): number
  /** Called after each commit; the answer unsubscribes. */
  subscribe(listener: (events: CommittedEvent[]) => void): () => void
}

/** A tree head before it is signed. `root` is 32 bytes. */
export type TreeHead = { size: number; root: Uint8Array }
export type SavedNote = { size: number; note: string }

/**
 * Why a log may not be signed any more. `knownSize`: events that the cloud holds of it, null when
 * it did not say; `proof`: the cloud's signed receipt, or its words where there is none.
 */
export type LogDeath = {
  reason: DeathReason
  knownSize: number | null
  proof: string
  atMs: number
}
export type DeathReason =
  /** The cloud holds more events than we: this journal is an older copy of itself. */
  | 'ahead-of-journal'
  /** The cloud holds another history under our key. */
  | 'contradicts-journal'
  /** A head under our key was shown that this journal does not lead to. */
  | 'fork-shown'

export type Journal = EventStore & {
  /** `<cloud name>/d/<device id>/<epoch>` as given when the journal was made. */
  origin: string
  /** Root over the first `size` events; `size` must not exceed the committed one. */
  headAt(size: number): Promise<TreeHead>
  /**
   * Stores a signed head; resolves when synced. Only then may it leave the machine.
   * Throws `journal.dead` when the log has ended.
   */
  saveHead(head: SavedNote): Promise<void>
  /** The stored head over exactly `size` events. */
  readHead(size: number): Promise<string | undefined>
  newestHead(): Promise<SavedNote | undefined>
  /**
   * Stores the cloud's verified receipt; older heads and receipts are then superseded. `atMs`: the
   * cloud's time in it, which retention counts from.
   */
  saveReceipt(receipt: SavedNote & { atMs: number }): Promise<void>
  newestReceipt(): Promise<SavedNote | undefined>
  /**
   * Erases the sealed part of one event with its salt, for good, and appends the `redaction` event
   * that says so and why, in one transaction. The entry stays, and with it every proof; the event
   * goes on travelling, with the hash in place of the part. `reason`: 1 to 1024 characters, for
   * everybody who may see the machine. Throws as `append` does, `event.invalid` on a bad reason.
   */
  redact(index: number, reason: string): Promise<RedactResult>
  /**
   * Removes the parts of at most `limit` events that the cloud receipted `keepMs` or longer before
   * its newest receipt, by the cloud's clock. Entries and nodes stay, so every proof does. Answers
   * how many events lost their parts now; the first one of a log never does.
   */
  release(keepMs: number, limit: number): Promise<number>
  /** Events between the first one and this index have lost their parts; 1 when none has. */
  releasedTo(): number
  /** Ends the log for good, over restarts; the first reason given is the one that is kept. */
  declareDead(death: LogDeath): Promise<void>
  /** Set when nothing may be signed any more: only a new enrolment goes on. */
  death(): LogDeath | undefined
  inclusionProof(index: number, size: number): Promise<Uint8Array[]>
  consistencyProof(size1: number, size2: number): Promise<Uint8Array[]>
  /** Releases the lock; resolves when the file is closed. */
  close(): Promise<void>
}
