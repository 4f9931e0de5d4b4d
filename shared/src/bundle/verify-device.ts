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
import type { Checkpoint } from '../note/checkpoint.ts'
import { openCheckpoint, parseCheckpoint } from '../note/checkpoint.ts'
import { ed25519Verifier } from '../note/key.ts'
import { parseNote } from '../note/note.ts'
import type { Policy } from '../note/policy.ts'
import type { BundlePart, ReadBundle } from './bundle.ts'
import type { Check, ReportedEvent } from './report.ts'

type DeviceHead = ReadBundle['deviceHeads'][number]
type BundleEvent = ReadBundle['events'][number]
type Proven = { checkpoint: Checkpoint; reported: ReportedEvent; entry: Uint8Array }
type Placed = { reported: Pick<ReportedEvent, 'origin' | 'index'>; entry: Uint8Array }

/** What precedes a head's bytes in the cloud log's leaf entry. */
export const DEVICE_HEAD_PREFIX = utf8('tillproof/device-head/v1\n')

export function checkDevices(bundle: ReadBundle, policy: Policy, log: Checkpoint) {
  const heads = bundle.deviceHeads.map(head => openHead(head, policy, log))
  const events = bundle.events.map(event => {
    const head = heads[event.head]
    if (!head) return `Event ${event.index} names a head that is not in the bundle.`
    return typeof head === 'string'
      ? `Event ${event.index} lies under a refused head.`
      : openEvent(event, head)
  })
  const proven = events.filter(event => typeof event !== 'string')
  const forks = [...headForks(heads), ...eventForks([...geneses(bundle, heads), ...proven])]
  const checks: Check[] = [
    ...heads.map(head => headCheck(head)),
    ...events.map(event => eventCheck(event)),
    ...forks.map(detail => ({ name: 'fork' as const, ok: false, detail })),
  ]
  return { checks, events: proven.map(event => event.reported) }
}

/** @returns the head's checkpoint, or why it is not to be believed. */
function openHead(head: DeviceHead, policy: Policy, log: Checkpoint): Checkpoint | string {
  const parsed = parseNote(head.note)
  const claimed = parsed.ok ? parseCheckpoint(parsed.text) : undefined
  if (!claimed || claimed.extensions.length > 0) return 'A device head is not a plain checkpoint.'
  const device = parseDeviceOrigin(claimed.origin)
  if (!device || cloudLogOrigin(device.cloudName) !== log.origin) {
    return `"${claimed.origin}" is not a device of ${log.origin}.`
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

/** The key stands in the genesis event, the first leaf under the head that it signs. */
function evidenceKeyOf(head: DeviceHead, claimed: Checkpoint): Uint8Array | string {
  const { genesis } = head
  const entry = entryOf(genesis.open, genesis.sealed)
  if (!isUnder(claimed, entry, 0, genesis.proof)) {
    return `The genesis event is not the first leaf of ${claimed.origin}.`
  }
  const key = readOpen(genesis.open)?.genesis?.evidenceKey
  if (!key || !isAcceptableKey(key)) return `The genesis of ${claimed.origin} names no usable key.`
  return key
}

function isLogged(head: DeviceHead, log: Checkpoint): boolean {
  return verifyInclusion({
    leafHash: leafHash(concat(DEVICE_HEAD_PREFIX, utf8(head.note))),
    index: head.leafIndex,
    size: log.size,
    proof: head.proof,
    root: log.root,
  })
}

function openEvent(event: BundleEvent, head: Checkpoint): Proven | string {
  const entry = entryOf(event.open, event.sealed)
  const where = `Event ${event.index} of ${head.origin}`
  if (!isUnder(head, entry, event.index, event.proof)) return `${where} is not under its head.`
  const open = 'hash' in event.open ? null : readOpen(event.open)
  const sealed = event.sealed && 'bytes' in event.sealed ? readSealed(event.sealed.bytes) : null
  if (open === undefined || sealed === undefined) return `${where} cannot be read.`
  if (open && open.index !== event.index) return `${where} states another index.`
  return {
    checkpoint: head,
    entry,
    reported: { origin: head.origin, index: event.index, open, sealed },
  }
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

/** Every head proves an event 0 of its own: two of one origin are two histories of one machine. */
function geneses(bundle: ReadBundle, heads: readonly (Checkpoint | string)[]): Placed[] {
  return bundle.deviceHeads.flatMap(({ genesis }, at) => {
    const head = heads[at]
    if (!head || typeof head === 'string') return []
    const entry = entryOf(genesis.open, genesis.sealed)
    return [{ reported: { origin: head.origin, index: 0 }, entry }]
  })
}

/** One index with two entries, each under a signed head. */
function eventForks(events: readonly Placed[]): string[] {
  const entries = new Map<string, string>()
  return events.flatMap(({ reported, entry }) => {
    const key = `index ${reported.index} of ${reported.origin}`
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

function eventCheck(event: Proven | string): Check {
  if (typeof event === 'string') return { name: 'event', ok: false, detail: event }
  const { reported } = event
  const kind = reported.open?.kind ?? 'undisclosed'
  return {
    name: 'event',
    ok: true,
    detail: `Event ${reported.index} (${kind}) of ${reported.origin}.`,
  }
}

function isUnder(
  head: Checkpoint,
  entry: Uint8Array,
  index: number,
  proof: readonly Uint8Array[],
): boolean {
  return verifyInclusion({
    leafHash: leafHash(entry),
    index,
    size: head.size,
    proof,
    root: head.root,
  })
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
