/**
 * The proof bundle: one JSON file that proves events of a machine offline. What each field means,
 * what checks it and what an attacker could do with it: docs/wire/bundle.md.
 * Reading takes it as hostile as it comes: one spelling of the JSON, nothing unknown, nothing
 * oversized, events in their order. It proves nothing.
 */
import type { z } from 'zod'
import { fromUtf8 } from '../bytes/bytes.ts'
import { bundleEvent, bundleFrame } from './schema.ts'
import { type Steps, stepEvery, toTheEnd } from './steps.ts'

/** In characters; 10,000 events as machines tell them take a third of it. */
export const MAX_BUNDLE_LENGTH = 8 * 1024 * 1024

/** As written in JSON, bytes as base64. */
export type Bundle = Omit<z.input<typeof bundleFrame>, 'events'> & { events: BundleEvent[] }
export type BundleEvent = z.input<typeof bundleEvent>
/** As read, bytes as bytes. */
export type ReadBundle = Omit<z.output<typeof bundleFrame>, 'events'> & { events: ReadEvent[] }
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

/** @param input the bundle's text or bytes, or a value that JSON.parse gave. Never throws. */
export function parseBundle(input: unknown): ParsedBundle {
  return toTheEnd(parseSteps(input))
}

/** {@link parseBundle} in steps of some events; yields how many are read. */
export function* parseSteps(input: unknown): Steps<ParsedBundle> {
  const text = input instanceof Uint8Array ? (fromUtf8(input) ?? '') : input
  const value = typeof text === 'string' ? parseOnce(text) : text
  if (value === undefined) {
    return refused('it is not JSON, or says something twice or in an unusual spelling')
  }
  const frame = bundleFrame.safeParse(value)
  if (!frame.success) return refused(firstIssue(frame.error, []))
  const events: ReadEvent[] = []
  for (const [at, each] of frame.data.events.entries()) {
    const event = bundleEvent.safeParse(each)
    if (!event.success) return refused(firstIssue(event.error, ['events', at]))
    if (!isAfter(event.data, events.at(-1))) return refused(`events.${at}: is out of order`)
    events.push(event.data)
    if (stepEvery(at)) yield { done: at, of: 2 * frame.data.events.length }
  }
  return { ok: true, bundle: { ...frame.data, events } }
}

/** By head, then by index: no event stands in a bundle twice. */
function isAfter(event: Place, before: Place | undefined): boolean {
  if (before === undefined || event.head > before.head) return true
  return event.head === before.head && event.index > before.index
}

type Place = Pick<BundleEvent, 'head' | 'index'>

/**
 * JSON.parse keeps the last of two equal keys where others keep the first, so that one file could
 * show two things to two readers. Apart from white space a bundle has one spelling.
 */
function parseOnce(text: string): unknown {
  if (text.length > MAX_BUNDLE_LENGTH) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const spelling = JSON.stringify(value)
    return spelling === text || spelling === withoutSpace(text) ? value : undefined
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
