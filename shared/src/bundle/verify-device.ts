/**
 * The machine's side of a bundle: each head is signed by the key that its own genesis event names,
 * that very head is a leaf of the cloud's log, and each event lies under its head.
 */

import { concat, equal, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { isAcceptableKey } from '../crypto/crypto.ts'
import { decodeOpen, decodeSealed } from '../event/codec.ts'
import { commitOpen, commitSealed, NO_SEALED_HASH } from '../event/commitment.ts'
import type { OpenEvent } from '../event/event.ts'
import type { DeviceOriginParts } from '../ids.ts'
import { cloudLogOrigin, parseDeviceOrigin } from '../ids.ts'
import { leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/proof.ts'
import { rootOfSubset } from '../merkle/subset.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import { ed25519Verifier } from '../note/key.ts'
import { parseNote } from '../note/note.ts'
import type { Policy } from '../note/policy.ts'
import { DEVICE_HEAD_PREFIX } from '../wire/device-head.ts'
import type { BundlePart, ReadBundle, ReadEvent } from './bundle.ts'
import type { Check, ReportedEvent } from './report.ts'
import { type Steps, stepEvery } from './steps.ts'
import { checkNewest } from './verify-newest.ts'

type DeviceHead = ReadBundle['deviceHeads'][number]
/** An event with its entry, and what it says; a sentence when it cannot be read. */
type Opened = { index: number; entry: Uint8Array; said: Said | string }
type Said = Pick<ReportedEvent, 'open' | 'sealed'>
type Placed = { origin: string; index: number; entry: Uint8Array }
export type DeviceChecks = { checks: Check[]; events: ReportedEvent[] }

/** Yields how many events are done, counted after those that were read before. */
export function* checkDevices(
  bundle: ReadBundle,
  policy: Policy,
  log: Checkpoint,
): Steps<DeviceChecks> {
  const under: Opened[][] = bundle.deviceHeads.map(() => [])
  const checks: Check[] = []
  for (const [at, event] of bundle.events.entries()) {
    const opened = openEvent(event)
    const head = under[event.head]
    if (head) head.push(opened)
    else checks.push(refusedEvent(`Event ${event.index} names a head that is not in the bundle.`))
    const of = 2 * bundle.events.length
    if (stepEvery(at)) yield { done: bundle.events.length + at, of }
  }
  const heads = bundle.deviceHeads.map((head, at) => openHead(head, under[at] ?? [], policy, log))
  const reported = heads.flatMap((head, at) => reportedUnder(head, under[at] ?? []))
  checks.push(
    ...heads.map(headCheck),
    ...heads.flatMap((head, at) => eventCheck(head, under[at] ?? [])),
    ...[...headForks(heads), ...eventForks(placedIn(bundle, heads, under))].map(forkCheck),
    ...bundle.deviceHeads.flatMap((head, at) => newestChecks(head, heads[at], log)),
  )
  return { checks, events: reported }
}

/** @returns the head's checkpoint, or why it is not to be believed. */
function openHead(
  head: DeviceHead,
  events: readonly Opened[],
  policy: Policy,
  log: Checkpoint,
): Checkpoint | string {
  const parsed = parseNote(head.note)
  const claimed = parsed.ok ? parseCheckpoint(parsed.text) : undefined
  if (!claimed || claimed.extensions.length > 0) return 'A device head is not a plain checkpoint.'
  const device = parseDeviceOrigin(claimed.origin)
  if (!device || cloudLogOrigin(device.cloudName) !== log.origin) {
    return `"${claimed.origin}" is not a device of ${log.origin}.`
  }
  if (!isWhatLiesUnder(claimed, head, events)) {
    return `What is shown of ${claimed.origin} is not what lies under its head.`
  }
  const key = evidenceKeyOf(head, claimed)
  if (typeof key === 'string') return key
  const signed = openCheckpoint(head.note, claimed.origin, [ed25519Verifier(claimed.origin, key)])
  if (!signed.ok) return `The head of ${claimed.origin} is ${signed.error}.`
  if (!isPinOf(policy, device, claimed.origin, key)) {
    return `The policy pins another evidence key or another epoch of ${device.device}.`
  }
  if (!isLogged(head, log)) return `The head of ${claimed.origin} is not in the cloud's log.`
  return claimed
}

/** A pinned device is pinned in all its epochs: a new one would come with a new key. */
function isPinOf(
  policy: Policy,
  { cloudName, device }: DeviceOriginParts,
  origin: string,
  key: Uint8Array,
): boolean {
  const pins = policy.devices.filter(({ verifier }) => {
    const pinned = parseDeviceOrigin(verifier.name)
    return pinned?.cloudName === cloudName && pinned.device === device
  })
  if (pins.length === 0) return true
  return pins.some(({ verifier: { name, publicKey } }) => name === origin && equal(publicKey, key))
}

/** Genesis and events are leaves of the very tree whose root the head states. */
function isWhatLiesUnder(
  claimed: Checkpoint,
  { genesis, rest }: DeviceHead,
  events: readonly Opened[],
): boolean {
  const first = entryOf(genesis.open, genesis.sealed)
  const [zero] = events
  if (zero?.index === 0 && !equal(zero.entry, first)) return false
  const later = zero?.index === 0 ? events.slice(1) : events
  const root = rootOfSubset({
    indexes: [0, ...later.map(({ index }) => index)],
    leafHashes: [leafHash(first), ...later.map(({ entry }) => leafHash(entry))],
    size: claimed.size,
    proof: rest,
  })
  return root !== undefined && equal(root, claimed.root)
}

/** The key stands in the genesis event, the first leaf under the head that it signs. */
function evidenceKeyOf({ genesis }: DeviceHead, { origin }: Checkpoint): Uint8Array | string {
  const key = readOpen(genesis.open)?.genesis?.evidenceKey
  return key && isAcceptableKey(key) ? key : `The genesis of ${origin} names no usable key.`
}

function newestChecks(
  head: DeviceHead,
  claimed: Checkpoint | string | undefined,
  log: Checkpoint,
): Check[] {
  if (!head.newest || claimed === undefined || typeof claimed === 'string') return []
  const { leafIndex, newest } = head
  return checkNewest({ origin: claimed.origin, leafIndex, leafHash: leafOf(head) }, newest, log)
}

function leafOf({ note }: DeviceHead): Uint8Array {
  return leafHash(concat(DEVICE_HEAD_PREFIX, utf8(note)))
}

function isLogged(head: DeviceHead, log: Checkpoint): boolean {
  return verifyInclusion({
    leafHash: leafOf(head),
    index: head.leafIndex,
    size: log.size,
    proof: head.proof,
    root: log.root,
  })
}

function openEvent({ index, open, sealed }: ReadEvent): Opened {
  const said = {
    open: 'hash' in open ? null : readOpen(open),
    sealed: sealed && 'bytes' in sealed ? readSealed(sealed.bytes) : null,
  }
  const isRead = said.open !== undefined && said.sealed !== undefined
  const isHere = !said.open || said.open.index === index
  const fault = isRead ? 'states another index' : 'cannot be read'
  return {
    index,
    entry: entryOf(open, sealed),
    said: isRead && isHere ? { open: said.open ?? null, sealed: said.sealed ?? null } : fault,
  }
}

function reportedUnder(head: Checkpoint | string, events: readonly Opened[]): ReportedEvent[] {
  if (typeof head === 'string') return []
  return events.flatMap(({ index, said }) =>
    typeof said === 'string' ? [] : [{ origin: head.origin, index, ...said }],
  )
}

/** Same size and two roots: the machine's key signed two histories. */
function headForks(heads: readonly (Checkpoint | string)[]): string[] {
  const roots = new Map<string, string>()
  return heads.flatMap(head => {
    if (typeof head === 'string') return []
    const key = `${head.origin} at size ${head.size}`
    return contradicts(roots, key, toHex(head.root)) ? [`Two signed roots of ${key}.`] : []
  })
}

/**
 * What stands where, the geneses among it: two event 0 of one origin are two histories of one
 * machine. Under a single head nothing can stand in one place with something else.
 */
function placedIn(
  bundle: ReadBundle,
  heads: readonly (Checkpoint | string)[],
  under: readonly (readonly Opened[])[],
): Placed[] {
  if (heads.length === 1) return []
  return bundle.deviceHeads.flatMap(({ genesis }, at) => {
    const head = heads[at]
    if (!head || typeof head === 'string') return []
    const first = { index: 0, entry: entryOf(genesis.open, genesis.sealed) }
    return [first, ...(under[at] ?? [])].map(({ index, entry }) => {
      return { origin: head.origin, index, entry }
    })
  })
}

/** One index with two entries, each under a signed head. */
function eventForks(events: readonly Placed[]): string[] {
  const entries = new Map<string, string>()
  return events.flatMap(({ origin, index, entry }) => {
    const key = `index ${index} of ${origin}`
    return contradicts(entries, key, toHex(entry)) ? [`Two events at ${key}.`] : []
  })
}

function contradicts(seen: Map<string, string>, key: string, value: string): boolean {
  const before = seen.get(key)
  seen.set(key, before ?? value)
  return before !== undefined && before !== value
}

function headCheck(head: Checkpoint | string): Check {
  if (typeof head === 'string') return { name: 'device-head', ok: false, detail: head }
  const detail = `${head.origin} signed ${head.size} events, and the cloud logged that head.`
  return { name: 'device-head', ok: true, detail }
}

/** One check for all events under a head: a bundle may hold thousands. */
function eventCheck(head: Checkpoint | string, events: readonly Opened[]): Check[] {
  const [first] = events
  const last = events.at(-1)
  if (!first || !last) return []
  const which = first === last ? `Event ${first.index}` : `Events ${first.index} to ${last.index}`
  if (typeof head === 'string') return [refusedEvent(`${which}: their head is refused.`)]
  const odd = events.find(({ said }) => typeof said === 'string')
  if (odd) return [refusedEvent(`Event ${odd.index} of ${head.origin} ${odd.said}.`)]
  const detail = `${which} of ${head.origin}, ${events.length} in all, lie under its head.`
  return [{ name: 'event', ok: true, detail }]
}

function refusedEvent(detail: string): Check {
  return { name: 'event', ok: false, detail }
}

function forkCheck(detail: string): Check {
  return { name: 'fork', ok: false, detail }
}

function entryOf(open: BundlePart, sealed: BundlePart | null): Uint8Array {
  const openHash = 'hash' in open ? open.hash : commitOpen(open.bytes, open.salt)
  if (sealed === null) return concat(openHash, NO_SEALED_HASH)
  return concat(openHash, 'hash' in sealed ? sealed.hash : commitSealed(sealed.bytes, sealed.salt))
}

function readOpen(open: BundlePart): OpenEvent | undefined {
  try {
    return 'bytes' in open ? decodeOpen(open.bytes) : undefined
  } catch {
    return undefined
  }
}

function readSealed(bytes: Uint8Array) {
  try {
    return decodeSealed(bytes)
  } catch {
    return undefined
  }
}
