/** Delivers what WeChat Pay owes to tell, and tells again, over a day, what was not accepted. */
import type { PlatformKeys } from './credentials.ts'
import type { Owed, Platform } from './platform.ts'
import { seal, signedHeaders } from './signing.ts'

/** Pauses between tries, from the public documentation: 24 hours and 4 minutes in all. */
export const PAUSES_MS = [
  15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600,
].map(seconds => seconds * 1000)
export const REPLAYED_AFTER_MS = 600_000
const ANSWER_WITHIN_MS = 5_000

/** What was sent, and the HTTP status that it met; 0 when nobody answered. */
export type Delivery = { id: string; event: string; status: number }

/** Sends everything that is due, one after the other; each is tried once (a doubled one, twice). */
export async function deliverDue(platform: Platform, keys: PlatformKeys): Promise<Delivery[]> {
  const now = platform.clock()
  const due = platform.owed.filter(({ atMs }) => atMs <= now)
  platform.owed = platform.owed.filter(({ atMs }) => atMs > now)
  const deliveries: Delivery[] = []
  for (const each of due) {
    const sent = await deliver(platform, keys, each)
    deliveries.push(...sent.map(status => ({ id: each.id, event: each.event, status })))
  }
  return deliveries
}

async function deliver(platform: Platform, keys: PlatformKeys, owed: Owed): Promise<number[]> {
  const { faults } = platform
  const message = owed.verbatim ?? compose(platform, keys, owed)
  const statuses = [await post(owed.notifyUrl, message)]
  if (faults.has('double-notify')) statuses.push(await post(owed.notifyUrl, message))
  const accepted = statuses.some(status => status >= 200 && status < 300)
  const pauseMs = PAUSES_MS[owed.attempts]
  if (!accepted && pauseMs !== undefined && owed.verbatim === undefined) {
    const again = { attempts: owed.attempts + 1, atMs: platform.clock() + pauseMs }
    platform.owed.push({ ...owed, ...again })
  }
  if (accepted && faults.has('replay-notify') && owed.verbatim === undefined) {
    const atMs = platform.clock() + REPLAYED_AFTER_MS
    platform.owed.push({ ...owed, atMs, verbatim: message })
  }
  return statuses
}

/** Sealed and signed anew on every try. */
function compose(
  { clock, faults }: Platform,
  keys: PlatformKeys,
  { id, event, kind, facts }: Owed,
) {
  const resource = seal(keys, kind, facts)
  const body = JSON.stringify({
    id,
    event_type: event,
    resource_type: 'encrypt-resource',
    resource,
  })
  const signed = faults.has('bad-signature') ? `${body} ` : body
  return { headers: signedHeaders(keys, signed, clock()), body }
}

async function post(
  url: string,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<number> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await answer.body?.cancel()
    return answer.status
  } catch {
    // A merchant that does not answer is the normal reason for telling again.
    return 0
  }
}
