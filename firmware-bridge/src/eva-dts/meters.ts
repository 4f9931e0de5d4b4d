/** The meters of an audit that occur once: their values by element name. */
import { ELEMENTS, type ElementMeaning } from './elements.ts'
import { elementsOf, type ModelProfile } from './profile.ts'
import { elementName, type Segment, wholeNumber } from './segment.ts'

/** Values in the machine's smallest unit (see the audit's decimals), counts as they are. */
export type Meters = Map<string, bigint>

export function readMeters(
  segments: Segment[],
  profile: ModelProfile,
): { meters: Meters; warnings: string[] } {
  const meters: Meters = new Map()
  const warnings: string[] = []
  const seen = new Set<string>()
  for (const segment of segments) {
    const meanings = ELEMENTS.get(segment.id)
    if (meanings === undefined) continue
    if (seen.has(segment.id)) {
      warnings.push(`line ${segment.line}: ${segment.id} again; the first one counts`)
      continue
    }
    seen.add(segment.id)
    for (const [element, text] of elementsOf(segment, profile)) {
      if (meaningOf(element) === null || text.trim() === '') continue
      const value = wholeNumber(text)
      if (value === null) warnings.push(`line ${segment.line}: ${element} is no whole number`)
      else meters.set(element, value)
    }
  }
  return { meters, warnings }
}

const MEANINGS = new Map(
  [...ELEMENTS].flatMap(([id, meanings]) =>
    meanings.map((meaning, index) => [elementName(id, index), meaning] as const),
  ),
)

/** What an element of a once-only segment means; null for those that are no meter. */
export function meaningOf(element: string): ElementMeaning | null {
  return MEANINGS.get(element) ?? null
}
