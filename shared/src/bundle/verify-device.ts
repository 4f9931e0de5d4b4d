/**
 * The machine's side of a bundle: each head is signed by the key that its own genesis event names,
 * that very head is a leaf of the cloud's log, and each event lies under its head.
 */

import { concat, equal, utf8 } from '../bytes/bytes.ts'
import { toHex } from '../bytes/hex.ts'
import { isAcceptableKey } from '../crypto/crypto.ts'
import type { DeviceOriginParts } from '../ids.ts'
import { cloudLogOrigin, parseDeviceOrigin } from '../ids.ts'
import { HASH_BYTES, leafHash } from '../merkle/hash.ts'
import { verifyInclusion } from '../merkle/proof.ts'
import { rootOfSubset } from '../merkle/subset.ts'
import type { Checkpoint } from '../note/checkpoint.ts'
import { openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import { ed25519Verifier } from '../note/key.ts'
import { parseNote } from '../note/note.ts'
import type { Policy } from '../note/policy.ts'
import { DEVICE_HEAD_PREFIX } from '../wire/device-head.ts'
import type { ReadBundle } from './bundle.ts'
import type { Check, ReportedEvent } from './report.ts'
import type { Steps } from './steps.ts'
import { leafOfParts, readOpen, readUnderHeads, saidBy, type Under } from './under-heads.ts'
import { checkNewest } from './verify-newest.ts'

type DeviceHead = ReadBundle['deviceHeads'][number]
type Placed = { origin: string; index: number; leafHash: Uint8Array }
export type DeviceChecks = {
  checks: Check[]
  /** Those under heads that hold, read anew each time. */
  events(): ReportedEvent[]
}

/** Yields how many events are done, counted after those that were read before. */
export function* checkDevices(
  bundle: ReadBundle,
  policy: Policy,
  log: Checkpoint,
): Steps<DeviceChecks> {
  const under = yield* readUnderHeads(bundle)
  const nowhere = under.at(-1)?.indexes ?? []
  const placed = bundle.deviceHeads.map((head, at) => ({ head, under: under[at] ?? nothing }))
  const heads = placed.map(each => openHead(each.head, each.under, policy, log))
  const checks = [
    ...nowhere.map(index => refusedEvent(`Event ${index} names a head that is not in the bundle.`)),
    ...heads.map(headCheck),
    ...heads.flatMap((head, at) => eventCheck(head, under[at] ?? nothing)),
    ...[...headForks(heads), ...eventForks(placedIn(heads, placed))].map(forkCheck),
    ...bundle.deviceHeads.flatMap((head, at) => newestChecks(head, heads[at], log)),
  ]
  return { checks, events: () => reportedUnder(heads, bundle) }
}

const nothing: Under = { indexes: [], leafHashes: new Uint8Array(), odd: undefined }

/** @returns the head's checkpoint, or why it is not to be believed. */
function openHead(
  head: DeviceHead,
  under: Under,
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
  if (!isWhatLiesUnder(claimed, head, under)) {
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
  { indexes, leafHashes }: Under,
): boolean {
  const first = leafOfParts(genesis.open, genesis.sealed)
  const isFirstShown = indexes[0] === 0
  if (isFirstShown && !equal(leafHashes.subarray(0, HASH_BYTES), first)) return false
  const root = rootOfSubset({
    indexes: isFirstShown ? indexes : [0, ...indexes],
    leafHashes: isFirstShown ? leafHashes : concat(first, leafHashes),
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

function reportedUnder(heads: readonly (Checkpoint | string)[], { events }: ReadBundle) {
  const reported: ReportedEvent[] = []
  for (const event of events) {
    const head = heads[event.head]
    const said = saidBy(event)
    if (head === undefined || typeof head === 'string' || typeof said === 'string') continue
    reported.push({ origin: head.origin, index: event.index, ...said })
  }
  return reported
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
  heads: readonly (Checkpoint | string)[],
  bundled: readonly { head: DeviceHead; under: Under }[],
): Placed[] {
  if (heads.length === 1) return []
  return bundled.flatMap(({ head: { genesis }, under: { indexes, leafHashes } }, at) => {
    const head = heads[at]
    if (!head || typeof head === 'string') return []
    const { origin } = head
    const first = { origin, index: 0, leafHash: leafOfParts(genesis.open, genesis.sealed) }
    const events = indexes.map((index, nth) => {
      const start = HASH_BYTES * nth
      return { origin, index, leafHash: leafHashes.subarray(start, start + HASH_BYTES) }
    })
    return [first, ...events]
  })
}

/** One index with two entries, each under a signed head. */
function eventForks(events: readonly Placed[]): string[] {
  const leaves = new Map<string, string>()
  return events.flatMap(({ origin, index, leafHash }) => {
    const key = `index ${index} of ${origin}`
    return contradicts(leaves, key, toHex(leafHash)) ? [`Two events at ${key}.`] : []
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
function eventCheck(head: Checkpoint | string, { indexes, odd }: Under): Check[] {
  const [first, last] = [indexes[0], indexes.at(-1)]
  if (first === undefined) return []
  const which = first === last ? `Event ${first}` : `Events ${first} to ${last}`
  if (typeof head === 'string') return [refusedEvent(`${which}: their head is refused.`)]
  if (odd) return [refusedEvent(`Event ${odd.index} of ${head.origin} ${odd.why}.`)]
  const detail = `${which} of ${head.origin}, ${indexes.length} in all, lie under its head.`
  return [{ name: 'event', ok: true, detail }]
}

function refusedEvent(detail: string): Check {
  return { name: 'event', ok: false, detail }
}

function forkCheck(detail: string): Check {
  return { name: 'fork', ok: false, detail }
}
