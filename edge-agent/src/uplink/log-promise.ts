/** Keeps over restarts what the cloud has promised and shown of its log, and says when it broke. */
import { TillproofError } from '@tillproof/shared/errors.ts'
import { parseVkey } from '@tillproof/shared/note/key.ts'
import {
  afterReceipt,
  afterShown,
  checkShown,
  isBroken,
  type LogPromise,
  logPolicy,
  NO_PROMISE,
  promise,
  type Shown,
} from '../downlink/logged.ts'
import type { Journal } from '../journal/event-store.ts'

export type PromiseStatus = { shownSize: number; owedSinceMs: number | null; isBroken: boolean }
export type PromiseKeeper = {
  status(): PromiseStatus
  receipt(receipt: { size: number; atMs: number }): Promise<void>
  shown(message: { head: string; proof: string }): Promise<Shown>
}

const STATE_KEY = 'uplink.log-promise'

/** @throws TillproofError `identity.invalid` when the log's key is none. */
export async function keepPromise(journal: Journal, logVkey: string): Promise<PromiseKeeper> {
  if (parseVkey(logVkey) === undefined) throw noKey()
  const policy = logPolicy(logVkey)
  const kept = promise.safeParse(parseJson(await journal.readState(STATE_KEY)))
  let known = kept.success ? kept.data : NO_PROMISE
  let newestMs = 0

  async function change(next: LogPromise): Promise<void> {
    if (next === known) return
    known = next
    await journal.append({ events: [], state: { [STATE_KEY]: JSON.stringify(next) } })
  }

  return {
    status: () => ({
      shownSize: known.shownSize,
      owedSinceMs: known.owed?.sinceMs ?? null,
      isBroken: isBroken(known, newestMs),
    }),
    async receipt(receipt) {
      newestMs = Math.max(newestMs, receipt.atMs)
      await change(afterReceipt(known, receipt))
    },
    async shown(message) {
      const shown = await checkShown(message, journal, policy)
      if (shown.ok) await change(afterShown(known, shown.size))
      return shown
    },
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
}

const noKey = (): TillproofError =>
  new TillproofError(
    'identity.invalid',
    'The logVkey of enrolment.json is no verifier key.',
    'Restore the file from the enrolment, or enrol again.',
  )
