/**
 * Delivers what the company owes its merchants: each notification is sent again, with growing
 * pauses, until the merchant answers 2xx or a day has gone by.
 */
import { randomBytes } from 'node:crypto'
import {
  NONCE_HEADER,
  SIGNATURE_HEADER,
  signBody,
  TIMESTAMP_HEADER,
} from '@tillproof/cloud/money/payments/sandbox-wire.ts'
import { utf8 } from '@tillproof/shared/bytes/bytes.ts'
import { type Faults, strikes } from './faults.ts'
import type { Owed, SandboxStore } from './store.ts'

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
const MOST_ATTEMPTS = 1_440
const ANSWER_WITHIN_MS = 4_000
const AT_ONCE = 32

export type NotifierDeps = {
  store: SandboxStore
  privateKey: Uint8Array
  faults: Faults
  clock: () => number
  random: () => number
}

/** Sends everything that is due now; resolves when each has been tried once. */
export async function notifyDue(deps: NotifierDeps): Promise<void> {
  const owed = deps.store.owedAt(deps.clock(), AT_ONCE)
  await Promise.all(owed.map(each => tryOnce(deps, each)))
}

/** Pause before the next try after so many: 1 s, 2 s, 4 s … 60 s. */
export const pauseAfter = (attempts: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts, 10))

async function tryOnce(deps: NotifierDeps, owed: Owed): Promise<void> {
  const delivered = await send(deps, owed)
  if (delivered && strikes(deps.faults, 'duplicate-notify', deps.random)) await send(deps, owed)
  const now = deps.clock()
  const again = owed.attempts + 1 < MOST_ATTEMPTS ? now + pauseAfter(owed.attempts) : null
  deps.store.tried(owed.notificationId, delivered ? now : null, delivered ? null : again)
}

async function send(deps: NotifierDeps, owed: Owed): Promise<boolean> {
  try {
    const answer = await fetch(owed.notifyUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signedHeaders(deps, owed.body) },
      body: owed.body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    // A merchant that does not answer is the normal reason for these retries.
    return false
  }
}

/** Fresh time and nonce on every try; the fault spoils the signature of this try only. */
function signedHeaders(deps: NotifierDeps, body: string): Record<string, string> {
  const stamp = { atMs: deps.clock(), nonce: randomBytes(16).toString('hex') }
  const spoilt = strikes(deps.faults, 'bad-signature', deps.random)
  const signed = signBody(deps.privateKey, stamp, utf8(spoilt ? `${body} ` : body))
  return {
    [TIMESTAMP_HEADER]: signed.timestamp,
    [NONCE_HEADER]: signed.nonce,
    [SIGNATURE_HEADER]: signed.signature,
  }
}
