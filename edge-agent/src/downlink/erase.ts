/**
 * An order of the cloud to erase the sealed part of one event. Obeyed only when the cloud signed it
 * for this very log and names the part by its hash: nobody on the wire can erase anything, and no
 * order can hit another event than the one that was meant.
 */
import type { Verifier } from '@tillproof/shared/note/key.ts'
import { type EraseOrder, isMeant, openEraseOrder } from '@tillproof/shared/wire/erase-order.ts'
import type { Journal } from '../journal/event-store.ts'

export type Obedience =
  /** The part is gone and the event that says so is in the log. */
  | 'erased'
  /** Obeyed before, by this order or on the machine. */
  | 'known'
  | 'forged'
  | 'foreign-origin'
  | 'no-such-event'
  /** The event at this index has another sealed part, or never had one. */
  | 'other-part'
  | 'disk-full'

/** Throws as `Journal.append` does. */
export async function obeyErase(
  note: string,
  journal: Journal,
  verifier: Verifier,
): Promise<Obedience> {
  const order = openEraseOrder(note, verifier)
  if (!order) return 'forged'
  if (order.origin !== journal.origin) return 'foreign-origin'
  const [stored] = await journal.readEntries(order.index, 1)
  if (stored?.index !== order.index) return 'no-such-event'
  if (!isMeant(order, stored.entry)) return 'other-part'
  if (stored.parts === null) return tellOfReleased(journal, order)
  const erased = await journal.redact(order.index, order.reason)
  if (erased.ok) return 'erased'
  return erased.refused === 'nothing-sealed' ? 'known' : erased.refused
}

/** The parts went when their time was over; that they went by order, too, is said once. */
async function tellOfReleased(journal: Journal, order: EraseOrder): Promise<Obedience> {
  const { index, reason } = order
  const key = `erase-order.${index}`
  if ((await journal.readState(key)) !== undefined) return 'known'
  const fields = { detail: { index, reason } }
  const told = await journal.append({
    events: [{ kind: 'redaction', fields }],
    state: { [key]: 'told' },
  })
  return told.ok ? 'erased' : 'disk-full'
}
