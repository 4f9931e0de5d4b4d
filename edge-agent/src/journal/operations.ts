/** What the worker does for each call that is not an append. */

import { TillproofError } from '@tillproof/shared/errors.ts'
import { rootOf } from '@tillproof/shared/merkle/peaks.ts'
import { consistencyProof, inclusionProof } from '@tillproof/shared/merkle/proof.ts'
import { closeJournalFile, handleOf, type JournalFile, openJournalFile } from './file.ts'
import { declareDead, saveHead, saveReceipt } from './notes.ts'
import type { Call, OperationName, Operations } from './protocol.ts'
import { release } from './retention.ts'
import { peaksAt } from './tree.ts'

type Perform = {
  [Name in Exclude<OperationName, 'open' | 'close'>]: (
    file: JournalFile,
    argument: Operations[Name]['argument'],
  ) => Operations[Name]['answer']
}

/** Throws coded errors; the worker hands them to the caller. */
export function perform(journals: Map<number, JournalFile>, call: Call): unknown {
  if (call.operation === 'open') return open(journals, call)
  const file = journals.get(call.journal)
  if (!file) throw closedError()
  if (call.operation === 'close') {
    journals.delete(call.journal)
    closeJournalFile(file)
    return null
  }
  return performOn(file, call)
}

function open(journals: Map<number, JournalFile>, call: Call & { operation: 'open' }) {
  const file = openJournalFile(call.argument)
  journals.set(call.journal, file)
  const { tip, death } = handleOf(file)
  return { size: tip.size, releasedTo: tip.releasedTo, death }
}

function performOn(file: JournalFile, call: Exclude<Call, { operation: 'open' | 'close' }>) {
  // The union keeps operation and argument together; the compiler cannot follow it through a table.
  const run = operations[call.operation] as (file: JournalFile, argument: unknown) => unknown
  return run(file, call.argument)
}

const operations: Perform = {
  readState: (file, key) => handleOf(file).rows.readState(key),
  readEntries: (file, { from, limit }) => handleOf(file).rows.readRange(from, limit),
  headAt(file, size) {
    const { rows, tip } = handleOf(file)
    const peaks =
      size === tip.size ? tip.peaks : peaksAt(rows.readHash, checkedSize(size, tip.size))
    return { size, root: rootOf(peaks) }
  },
  saveHead(file, head) {
    saveHead(file, head)
    return null
  },
  readHead: (file, size) => handleOf(file).rows.readNote('heads', size),
  newestHead: file => handleOf(file).rows.newestNote('heads'),
  saveReceipt(file, receipt) {
    saveReceipt(file, receipt)
    return null
  },
  newestReceipt: file => handleOf(file).rows.newestNote('receipts'),
  release(file, { keepMs, limit }) {
    const count = release(file, keepMs, limit)
    return { count, releasedTo: handleOf(file).tip.releasedTo }
  },
  declareDead(file, death) {
    declareDead(file, death)
    return null
  },
  inclusionProof(file, { index, size }) {
    const { rows, tip } = handleOf(file)
    return inclusionProof(rows.readHash, index, checkedSize(size, tip.size))
  },
  consistencyProof(file, { size1, size2 }) {
    const { rows, tip } = handleOf(file)
    return consistencyProof(rows.readHash, size1, checkedSize(size2, tip.size))
  },
}

function checkedSize(size: number, committed: number): number {
  if (Number.isSafeInteger(size) && size >= 0 && size <= committed) return size
  throw new TillproofError(
    'journal.no-such-size',
    `The journal holds ${committed} events, not ${size}.`,
    'Ask for a size that is committed.',
  )
}

/** What every call on a journal gets that is not open. */
export function closedError(): TillproofError {
  return new TillproofError(
    'journal.closed',
    'The journal is closed.',
    'Open it again before using it.',
  )
}
