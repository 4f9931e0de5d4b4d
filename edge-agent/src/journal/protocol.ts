/** The messages between the agent's main thread and the journal's worker thread. */
import { TillproofError } from '@tillproof/shared/errors.ts'
import type { Refusal, StampedRequest } from './append.ts'
import type { CommittedEvent, LogDeath, SavedNote, StoredEntry, TreeHead } from './event-store.ts'
import type { FileOptions } from './file.ts'

export type Opened = { size: number; releasedTo: number; death: LogDeath | undefined }

/** Each operation on one journal: what it takes and what it answers. */
export type Operations = {
  open: { argument: FileOptions; answer: Opened }
  close: { argument: null; answer: null }
  readState: { argument: string; answer: string | undefined }
  readEntries: { argument: { from: number; limit: number }; answer: StoredEntry[] }
  headAt: { argument: number; answer: TreeHead }
  saveHead: { argument: SavedNote; answer: null }
  readHead: { argument: number; answer: string | undefined }
  newestHead: { argument: null; answer: SavedNote | undefined }
  saveReceipt: { argument: SavedNote & { atMs: number }; answer: null }
  newestReceipt: { argument: null; answer: SavedNote | undefined }
  release: {
    argument: { keepMs: number; limit: number }
    answer: { count: number; releasedTo: number }
  }
  declareDead: { argument: LogDeath; answer: null }
  inclusionProof: { argument: { index: number; size: number }; answer: Uint8Array[] }
  consistencyProof: { argument: { size1: number; size2: number }; answer: Uint8Array[] }
}
export type OperationName = keyof Operations

export type Call = {
  [Name in OperationName]: {
    type: 'call'
    id: number
    journal: number
    operation: Name
    argument: Operations[Name]['argument']
  }
}[OperationName]
export type Append = { type: 'append'; id: number; journal: number; request: StampedRequest }
export type ToWorker = Call | Append

/** An error on its way between threads; the class is put back on the other side. */
export type Fault = { code: string; message: string; next: string }
export type AppendAnswer =
  | { id: number; ok: true; indexes: (number | null)[]; size: number }
  | { id: number; ok: false; refused: Refusal }
  | { id: number; ok: false; fault: Fault }
export type FromWorker =
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'fault'; id: number; fault: Fault }
  | {
      type: 'committed'
      journal: number
      size: number
      answers: AppendAnswer[]
      events: CommittedEvent[]
    }

export function toFault(error: unknown): Fault {
  if (error instanceof TillproofError) {
    return { code: error.code, message: error.message, next: error.next }
  }
  return {
    code: 'journal.unavailable',
    message: `The journal failed: ${error instanceof Error ? error.message : String(error)}`,
    next: 'Check the disk and start the agent again.',
  }
}

export function fromFault({ code, message, next }: Fault): TillproofError {
  return new TillproofError(code, message, next)
}
