/**
 * Is this head a second history under our own key? It is the machine's own signature that proves
 * it, so it does not matter who brings it: a broker's or cloud's mere word ends no log.
 */
import { equal } from '@tillproof/shared/bytes/bytes.ts'
import { type Checkpoint, openCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import type { Verifier } from '@tillproof/shared/note/key.ts'
import type { Journal } from '../journal/event-store.ts'

/** @returns the head when our key signed it and our journal does not lead to it. */
export async function contradiction(
  note: string,
  journal: Journal,
  ownVerifier: Verifier,
): Promise<Checkpoint | undefined> {
  const opened = openCheckpoint(note, journal.origin, [ownVerifier])
  if (!opened.ok) return undefined
  const { checkpoint } = opened
  if (checkpoint.size > journal.size()) return checkpoint
  const { root } = await journal.headAt(checkpoint.size)
  return equal(root, checkpoint.root) ? undefined : checkpoint
}
