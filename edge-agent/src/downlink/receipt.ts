/**
 * Is this receipt the cloud's word about *our* log? The signature alone is not enough: the root it
 * names must be the root we have at that size, or cloud and machine hold different histories.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import type { Verifier } from '@tillproof/shared/note/key.ts'
import { openReceipt, type Receipt } from '@tillproof/shared/wire/receipt.ts'
import type { Journal } from '../journal/event-store.ts'

export type ReceiptRefusal =
  /** Not signed by the cloud's receipt key, or no receipt at all. */
  | 'forged'
  /** A good receipt for another log. */
  | 'foreign-origin'
  /** The cloud holds more of our log than we do: this journal is an older copy. */
  | 'ahead-of-journal'
  /** The cloud holds another history under our key. */
  | 'contradicts-journal'
/** `knownSize`: events under a receipt that is the cloud's word; null when it is not. */
export type RefusedReceipt = { ok: false; refused: ReceiptRefusal; knownSize: number | null }
export type CheckedReceipt = { ok: true; receipt: Receipt } | RefusedReceipt

export async function checkReceipt(
  note: string,
  journal: Journal,
  verifier: Verifier,
): Promise<CheckedReceipt> {
  const receipt = openReceipt(note, verifier)
  if (!receipt) return { ok: false, refused: 'forged', knownSize: null }
  const refuse = (refused: ReceiptRefusal) =>
    ({ ok: false, refused, knownSize: receipt.size }) as const
  if (receipt.origin !== journal.origin) return refuse('foreign-origin')
  if (receipt.size > journal.size()) return refuse('ahead-of-journal')
  const { root } = await journal.headAt(receipt.size)
  return equal(root, receipt.root) ? { ok: true, receipt } : refuse('contradicts-journal')
}
