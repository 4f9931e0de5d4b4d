/**
 * Signs the journal's tree head: a C2SP checkpoint with the machine's evidence key. Only what is
 * committed is signed, and the signed head is stored before anybody sees it: a head that left the
 * machine and was then forgotten would look like a fork later.
 */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { formatCheckpoint } from '@tillproof/shared/note/checkpoint.ts'
import { ed25519Signer, type Signer } from '@tillproof/shared/note/key.ts'
import { signNote } from '@tillproof/shared/note/note.ts'
import type { Clock } from '../clock.ts'
import { deadError } from '../journal/death.ts'
import type { Journal, SavedNote } from '../journal/event-store.ts'

/** The signer of a device's heads: the note key is named by the log's origin. */
export function headSigner(origin: string, privateKey: Uint8Array): Signer {
  return ed25519Signer(origin, privateKey)
}

/** The stored head over exactly `size` events; signs and stores it when there is none. */
export async function sealAt(journal: Journal, signer: Signer, size: number): Promise<SavedNote> {
  const stored = await journal.readHead(size)
  if (stored !== undefined) return { size, note: stored }
  // The journal would refuse to store it; but not even memory shall hold such a signature.
  const death = journal.death()
  if (death) throw deadError(death)
  const { root } = await journal.headAt(size)
  const note = signNote(formatCheckpoint({ origin: journal.origin, size, root }), [signer])
  await journal.saveHead({ size, note })
  return { size, note }
}

export type Sealing = {
  /** Seals what is committed now, without waiting for the interval. */
  sealNow(): Promise<SavedNote>
  /** Size of the newest head signed since start, or of the stored one. */
  sealedSize(): number
  stop(): void
}

type SealingOptions = {
  journal: Journal
  signer: Signer
  clock: Clock
  intervalMs: number
  onSealed(head: SavedNote): void
  onError(error: TillproofError): void
}

/** Seals at most once per interval, and only when something was committed to a living log. */
export function startSealing(options: SealingOptions, sealedBefore: number): Sealing {
  const { journal, signer, clock, intervalMs } = options
  let sealed = sealedBefore
  let cancel: (() => void) | undefined
  const sealNow = async () => {
    const head = await sealAt(journal, signer, journal.size())
    if (head.size > sealed) sealed = head.size
    options.onSealed(head)
    return head
  }
  const schedule = () => {
    if (journal.death()) return
    cancel ??= clock.after(intervalMs, () => {
      cancel = undefined
      if (journal.death()) return
      sealNow().catch(error => options.onError(asCoded(error)))
    })
  }
  const unsubscribe = journal.subscribe(schedule)
  if (journal.size() > sealed) schedule()
  return {
    sealNow,
    sealedSize: () => sealed,
    stop() {
      unsubscribe()
      cancel?.()
    },
  }
}

function asCoded(error: unknown): TillproofError {
  if (error instanceof TillproofError) return error
  return new TillproofError(
    'seal.failed',
    'The tree head could not be signed.',
    'Look at the log of the agent for the cause.',
    { cause: error },
  )
}
