/**
 * The proof bundle: one JSON file that proves events of a machine offline. What each field means,
 * what checks it and what an attacker could do with it: docs/wire/bundle.md.
 * Reading takes it as hostile as it comes: one spelling of the JSON, nothing unknown, nothing
 * oversized, events in their order. It proves nothing.
 */
import type { z } from 'zod'
import { fromUtf8 } from '../bytes/bytes.ts'
import { CrookedCbor } from '../bytes/cbor-cursor.ts'
import { isAfter } from './event-order.ts'
import { isPacked, unpackSteps } from './packed.ts'
import { bundleEvent, bundleFrame, bundleText } from './schema.ts'
import { type Steps, stepEvery, toTheEnd } from './steps.ts'

/** In characters; 10,000 events as machines tell them take a third of it. */
export const MAX_BUNDLE_LENGTH = 8 * 1024 * 1024

/** As written in JSON, bytes as base64. */
export type Bundle = BundleFrame & { events: BundleEvent[] }
export type BundleFrame = z.input<typeof bundleFrame>
export type BundleEvent = z.input<typeof bundleEvent>
/** As read, bytes as bytes. */
export type ReadBundle = z.output<typeof bundleFrame> & { events: ReadEvents }
/** By head, then by index, none twice. */
export type ReadEvents = Iterable<ReadEvent> & { readonly length: number }
export type ReadEvent = z.output<typeof bundleEvent>
export type BundlePart = ReadEvent['open']
export type ParsedBundle = { ok: true; bundle: ReadBundle } | { ok: false; reason: string }

/**
 * Fields that no signature or hash covers, as JSON pointers: hints to find the anchor again, and
 * terms without a leaf in the log. Flipping a byte elsewhere ends in `invalid` or `contradicted`.
 */
export function unauthenticatedFields(bundle: Pick<Bundle, 'sale'>): string[] {
  const isTermsProven = (bundle.sale?.clearing?.agreementLeaf ?? null) !== null
  return [
    '/anchor/block',
    '/anchor/transaction',
    ...(isTermsProven ? [] : ['/sale/clearing/terms']),
  ]
}

/**
 * @param input the text or bytes of a bundle in JSON, the bytes of a packed one, or a value that
 * JSON.parse gave. Never throws.
 */
export function parseBundle(input: unknown): ParsedBundle {
  return toTheEnd(parseSteps(input))
}

/** {@link parseBundle} in steps of some events; yields how many are read. */
export function* parseSteps(input: unknown): Steps<ParsedBundle> {
  const isBytes = input instanceof Uint8Array
  return yield* isBytes && isPacked(input) ? packedSteps(input) : jsonSteps(input)
}

function* jsonSteps(input: unknown): Steps<ParsedBundle> {
  const value = jsonOf(input)
  if (value === undefined) {
    return refused('it is not JSON, or says something twice or in an unusual spelling')
  }
  const whole = bundleText.safeParse(value)
  if (!whole.success) return refused(firstIssue(whole.error, []))
  const events: ReadEvent[] = []
  for (const [at, each] of whole.data.events.entries()) {
    const event = bundleEvent.safeParse(each)
    if (!event.success) return refused(firstIssue(event.error, ['events', at]))
    if (!isAfter(event.data, events.at(-1))) return refused(`events.${at}: is out of order`)
    events.push(event.data)
    if (stepEvery(at)) yield { done: at, of: 2 * whole.data.events.length }
  }
  return { ok: true, bundle: { ...whole.data, events } }
}

function* packedSteps(input: Uint8Array): Steps<ParsedBundle> {
  try {
    const { frame, events } = yield* unpackSteps(input)
    const value = parseOnce(frame)
    const read = bundleFrame.safeParse(value)
    if (!read.success) return refused(firstIssue(read.error, []))
    return { ok: true, bundle: { ...read.data, events } }
  } catch (error) {
    if (error instanceof CrookedCbor) return refused(error.fault)
    throw error
  }
}

function jsonOf(input: unknown): unknown {
  const text = input instanceof Uint8Array ? (fromUtf8(input) ?? '') : input
  if (typeof text !== 'string') return text
  return text.length > MAX_BUNDLE_LENGTH ? undefined : parseOnce(text, withoutSpace)
}

/**
 * JSON.parse keeps the last of two equal keys where others keep the first, so that one file could
 * show two things to two readers. A bundle has one spelling, apart from what is taken out of it.
 */
function parseOnce(text: string, takenOut = (whole: string) => whole): unknown {
  try {
    const value: unknown = JSON.parse(text)
    const spelling = JSON.stringify(value)
    return spelling === text || spelling === takenOut(text) ? value : undefined
  } catch {
    return undefined
  }
}

function withoutSpace(json: string): string {
  return json.replaceAll(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, (_, quoted?: string) => quoted ?? '')
}

function firstIssue(error: z.ZodError, within: readonly PropertyKey[]): string {
  const issue = error.issues[0]
  const path = [...within, ...(issue?.path ?? [])].join('.')
  return `${path || 'the bundle'}: ${issue?.message ?? 'is not valid'}`
}

function refused(reason: string): ParsedBundle {
  return { ok: false, reason }
}
